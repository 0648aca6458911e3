/// The two ways of a tweet. The raw values are the names in settings, metrics, JSON and on the page.
package enum LegName: String, CaseIterable, Hashable, Sendable, Comparable {
    case kafka
    case rabbitmq

    package static func < (a: Self, b: Self) -> Bool { a == .kafka && b == .rabbitmq }
}

/// A value for each leg.
package struct ByLeg<Value> {
    package var kafka: Value
    package var rabbitmq: Value

    package init(kafka: Value, rabbitmq: Value) { (self.kafka, self.rabbitmq) = (kafka, rabbitmq) }
    package init(_ make: (LegName) throws -> Value) rethrows {
        (kafka, rabbitmq) = (try make(.kafka), try make(.rabbitmq))
    }

    /// The value of that leg.
    package subscript(leg: LegName) -> Value {
        get { leg == .kafka ? kafka : rabbitmq }
        set { if leg == .kafka { kafka = newValue } else { rabbitmq = newValue } }
    }
}

extension ByLeg: Sendable where Value: Sendable {}
extension ByLeg: Equatable where Value: Equatable {}
