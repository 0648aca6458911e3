import HTTP

/// What the gateway serves besides `/input`.
enum Pages {
    private static let openAPI = Response(200, PackageResources.openapi_json, type: "application/json")
    private static let welcome = Response(
        200,
        """
        weather-tweets: POST one tweet, an array, or NDJSON to /input
          {"description":"Llueve en Xela","country":"GT","weather":"rainy"}
        The whole API: /openapi.json

        """, type: "text/plain; charset=utf-8")

    /// Nothing here reads a body.
    static func admission(of head: Request) -> Admission {
        let answer = response(to: head)
        return answer.status == 200 ? .read(limit: 0) : .refuse(answer)
    }

    static func response(to request: Request) -> Response {
        switch request.path {
        case "/", "/openapi.json":
            guard request.method == "GET" || request.method == "HEAD" else {
                var problem = Problem(.methodNotAllowed, "read this with GET")
                problem.headers = [("Allow", "GET, HEAD")]
                return problem.response
            }
            return request.path == "/" ? welcome : openAPI
        default:
            return Problem(.notFound, "POST tweets to /input; the API is described by /openapi.json").response
        }
    }
}
