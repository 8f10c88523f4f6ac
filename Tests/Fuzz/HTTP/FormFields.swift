/// Nothing traps, and what is read was written within the limits, without controls but those of lines. Cookies are read along
/// the way.
func fuzz(_ input: [UInt8]) {
    _ = RequestFields([("Cookie", String(decoding: input, as: UTF8.self))]).cookie("sid")
    guard let form = try? FormFields(input) else { return }
    precondition(input.count <= FormFields.limitBytes)
    let values = form.values("a")
    precondition(values.count <= FormFields.fieldLimit)
    precondition(values.count == 1 ? form["a"] == values[0] : form["a"] == nil)
    for value in values {
        precondition(value.utf8.count <= input.count)
        precondition(value.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7F || [0x09, 0x0A, 0x0D].contains($0) })
    }
}
