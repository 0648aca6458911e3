import RESP
import Testing

@Suite struct AddressTests {
    @Test func everyPartIsRead() throws {
        let address = try RESPAddress(url: "redis://me:s%40cr%3at@stores.example:6380/3")
        #expect(address.host == "stores.example" && address.port == 6380 && address.database == 3)
        #expect(address.user == "me" && address.password == "s@cr:t")
    }

    @Test(arguments: [
        ("redis://h", "h:6379/0"), ("valkey://h/", "h:6379/0"), ("redis://[::1]:7000/2", "[::1]:7000/2"),
        ("redis://:p@127.0.0.1", "127.0.0.1:6379/0"), ("redis://a:b@c@h:1", "h:1/0"),
    ])
    func shortForms(url: String, description: String) throws {
        #expect("\(try RESPAddress(url: url))" == description)
    }

    @Test func aUserMayComeWithoutAPassword() throws {
        let address = try RESPAddress(url: "redis://me@h")
        #expect(address.user == "me" && address.password == nil)
        #expect(try RESPAddress(url: "redis://:pw@h").user == nil)
    }

    @Test(arguments: [
        "", "h", "http://h", "redis://", "redis://:secret@", "redis://u:secret@h:0", "redis://u:secret@h:x",
        "redis://u:secret@h/x", "redis://u:secret@h/-1", "redis://u:secret@h/0?a=b", "redis://u:secret@[::1",
        "redis://u:secret%@h", "redis://u:secret%4@h", "redis://u:secret@h:99999",
    ])
    func whatIsNoAddressIsSaidWithoutThePassword(url: String) {
        let error = #expect(throws: RESPAddressError.self) { try RESPAddress(url: url) }
        #expect(error.map { !$0.description.contains("secret") && !$0.description.isEmpty } == true)
    }

    @Test func encryptionIsRefusedClearly() {
        let error = #expect(throws: RESPAddressError.self) { try RESPAddress(url: "rediss://h") }
        #expect(error?.description.contains("TLS") == true)
    }

    @Test func noDescriptionShowsThePassword() throws {
        let address = try RESPAddress(url: "redis://me:secret@h")
        #expect(!"\(address) \(String(reflecting: address))".contains("secret"))
    }
}
