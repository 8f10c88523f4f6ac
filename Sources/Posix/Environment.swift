import CLinux

/// The variables of the process's environment (`environ(7)`); of two with one name the first.
public func environmentVariables() -> [String: String] {
    var variables: [String: String] = [:]
    guard var entries = unsafe linux_environment() else { return variables }
    while let entry = unsafe entries.pointee {
        let text = unsafe String(cString: entry)
        unsafe entries += 1
        guard let equals = text.firstIndex(of: "=") else { continue }
        let name = String(text[..<equals])
        if variables[name] == nil { variables[name] = String(text[text.index(after: equals)...]) }
    }
    return variables
}
