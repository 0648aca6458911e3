import Testing

@testable import Tweets

@Suite struct CountryTests {
    private let letters = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZ".utf8)

    @Test func everyCountryIsFoundByItsCodesInAnyCase() throws {
        var alpha2s: [String] = []
        for index in 0..<UInt8(Country.count) {
            let country = try #require(Country(index: index))
            alpha2s.append(country.alpha2)
            for code in [country.alpha2, country.alpha3] {
                #expect(Country(code) == country)
                #expect(Country(code.lowercased()) == country)
                #expect(Country((code.prefix(1) + code.dropFirst().lowercased())) == country)
            }
            #expect([country.alpha2Bytes.0, country.alpha2Bytes.1] == Array(country.alpha2.utf8))
        }
        #expect(alpha2s == alpha2s.sorted())
        #expect(Set(alpha2s).count == 249)
        #expect(Country(index: 249) == nil)
        #expect(Country.codes.utf8CodeUnitCount == 249 * 5)
    }

    /// Nothing but the codes and the variants is a country: all strings of two and three letters are tried.
    @Test func nothingElseIsACountry() {
        var (twos, threes) = (0, 0)
        for first in letters {
            for second in letters {
                if Country(text: [first, second].span) != nil { twos += 1 }
                for third in letters where Country(first, second, third) != nil { threes += 1 }
            }
        }
        let variants = Country.variants.description.split(separator: " ").map { $0.dropLast(3) }
        #expect(Set(variants).count == variants.count)
        #expect(twos == 249 + variants.count { $0.count == 2 })
        #expect(threes == 249 + variants.count { $0.count == 3 })
    }

    @Test(
        arguments: [
            "": nil, "G": nil, "GTMX": nil, "G1": nil, "ÑA": nil, "  ": nil, "[[": nil, "@T": nil, "G{": nil, "XK": nil,
            "ZZ": nil,
            "UK": "GB", "el": "GR", "USA": "US", "esp": "ES", "Ger": "DE", "GUA": "GT", "gtm": "GT", "ROM": "RO",
            "ZAR": "CD",
            "Tp": "TL", "UAE": "AE", "DNK": "DK",
        ] as [String: String?])
    func spellings(_ text: String, _ alpha2: String?) {
        #expect(Country(text)?.alpha2 == alpha2)
    }
}

@Suite struct WeatherTests {
    @Test(
        arguments: [
            "rainy": .rainy, "Lluvioso": .rainy, "LLUVIOSO": .rainy, "cloudy": .cloudy, "Nubloso": .cloudy,
            "nublado": .cloudy,
            "Sunny": .sunny, "sOLEADO": .sunny, "": nil, "rain": nil, "rainyy": nil, "lluviosos": nil, "soleada": nil,
            "RAIN\u{19}": nil, "rainy\0": nil, "\u{12}ainy": nil,
        ] as [String: Weather?])
    func words(_ text: String, _ weather: Weather?) {
        let read = Weather(text: text.utf8.span)
        #expect(read == weather)
    }

    @Test func theCanonicalNameIsRead() {
        for weather in Weather.allCases {
            let read = Weather(text: weather.name.description.utf8.span)
            #expect(read == weather)
        }
    }
}
