import HTTP

/// What the dashboard's address has to offer.
enum Page: Equatable {
    case html, css, js, texts, summary, events

    init?(path: String) {
        switch path {
        case "/": self = .html
        case "/page.css": self = .css
        case "/page.js": self = .js
        case "/texts.js": self = .texts
        case "/api/summary": self = .summary
        case "/events": self = .events
        default: return nil
        }
    }
}

/// The answers, made once where they never change.
enum Pages {
    /// Nothing but our own style, script and data, no frame around us, and no form: were a tweet's text to become
    /// markup, it could do nothing. `data:` is for the icon.
    static let contentPolicy =
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:; "
        + "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

    static let headers = [
        ("Content-Security-Policy", contentPolicy), ("X-Content-Type-Options", "nosniff"),
        ("Referrer-Policy", "no-referrer"), ("Cross-Origin-Resource-Policy", "same-origin"),
        ("Cache-Control", "no-store"),
    ]

    static let html = Response(200, PackageResources.page_html, type: "text/html; charset=utf-8", headers: headers)
    static let css = Response(200, PackageResources.page_css, type: "text/css; charset=utf-8", headers: headers)
    static let js = Response(200, PackageResources.page_js, type: "text/javascript; charset=utf-8", headers: headers)
    static let texts = Response(
        200, PackageResources.texts_js, type: "text/javascript; charset=utf-8", headers: headers)

    static func summary(_ json: [UInt8]) -> Response { Response(200, json, type: "application/json", headers: headers) }

    static let notAllowed = Response.methodNotAllowed(allow: "GET, HEAD")
    static let stopping = Response.problem(503, "Service Unavailable", detail: "The dashboard is stopping.")
    static let full = Response.problem(
        503, "Service Unavailable", detail: "Too many clients watch or ask; try again.", headers: [("Retry-After", "2")]
    )
}
