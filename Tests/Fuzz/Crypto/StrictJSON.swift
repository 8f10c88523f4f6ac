/// What is taken is UTF-8, keeps to the limit of depth, and does not depend on what stands around it.
func fuzz(_ input: [UInt8]) {
    do {
        let json = try StrictJSON(input)
        precondition(String(validating: input, as: UTF8.self) != nil && input.first != 0xEF)
        precondition(depth(json) <= StrictJSON.depthLimit)
        precondition((try? StrictJSON([0x20] + input + [0x0A])) == json)
        precondition((try? StrictJSON(input + Array(",".utf8))) == nil)
        let elements = try? StrictJSON.elements(of: input)
        precondition(elements?.map(\.value) == json.array)
        for element in elements ?? [] { precondition((try? StrictJSON(element.text)) == element.value) }
        _ = (json.protobufInteger, json.base64, json.string, json.array, json["a"])
    } catch {
        precondition(error.offset >= 0 && error.offset <= input.count && !error.reason.isEmpty)
    }
}

private func depth(_ json: StrictJSON) -> Int {
    switch json {
    case .array(let elements): 1 + (elements.map(depth).max() ?? 0)
    case .object(let members): 1 + (members.values.map(depth).max() ?? 0)
    default: 0
    }
}
