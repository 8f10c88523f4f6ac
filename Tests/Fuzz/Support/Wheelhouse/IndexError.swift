/// As much of the index's error as readers of foreign bytes need.
public struct IndexError: Error {
    enum Code {
        case invalid, unauthenticated
    }

    let code: Code
    let sentence: String

    init(_ code: Code, _ sentence: String) {
        (self.code, self.sentence) = (code, sentence)
    }
}
