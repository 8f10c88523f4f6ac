import Packaging
import Web
import Wheelhouse

// Which indexes there are beside `main`, and which of them a command is for.

extension Configuration {
    /// The indexes beside `main`.
    ///
    /// - Throws: `UsageError` for a name that no index can have, and for one that is there twice.
    var indexes: [String] {
        get throws(UsageError) {
            var names: [String] = []
            for name in texts("indexes") {
                guard Indexes.canBeNamed(name) else {
                    throw UsageError(
                        "indexes has '\(name)'",
                        mend: "write a word of lower-case letters, digits and '-', such as staging; main is there "
                            + "anyway, and words that addresses begin with, such as simple, are taken")
                }
                guard !names.contains(name) else {
                    throw UsageError("indexes has '\(name)' twice", mend: "write it once")
                }
                names.append(name)
            }
            return names
        }
    }

    /// The index that `--index` names.
    ///
    /// - Parameter name: what stands behind it; `nil` without, which means `main`.
    /// - Throws: `UsageError` for an index that is not there.
    func index(_ name: String?) throws(UsageError) -> String {
        let known = [PackageIndex.mainIndex] + (try indexes)
        guard let name else { return PackageIndex.mainIndex }
        guard known.contains(name) else {
            throw UsageError(
                "there is no index '\(name)'",
                mend: "there are \(known.joined(separator: ", ")); further ones are named by the setting indexes")
        }
        return name
    }
}

extension Administer {
    /// The configuration of a command on one index, and that index.
    ///
    /// - Parameter arguments: of which `--index` is not taken out yet.
    static func indexed(_ arguments: [String]) throws(UsageError) -> (configuration: Configuration, index: String) {
        var options = try Options(arguments, values: ["--index"])
        let name = options.take("--index")
        let configuration = try Configuration(arguments: options.rest)
        return (configuration, try configuration.index(name))
    }
}
