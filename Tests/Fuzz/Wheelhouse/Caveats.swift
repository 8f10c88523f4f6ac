import Packaging

/// A caveat that is understood narrows, and what it says can be said again in our own words, which mean the same.
func fuzz(_ input: [UInt8]) {
    guard let scope = try? TokenScope(caveat: input) else { return }
    var again = TokenScope()
    for caveat in scope.caveats {
        guard let one = try? TokenScope(caveat: Array(caveat.utf8)) else {
            preconditionFailure("\(caveat) is not known")
        }
        again.permissions = one.permissions ?? again.permissions
        again.indexes = one.indexes ?? again.indexes
        again.projects = one.projects ?? again.projects
        again.versions = one.versions ?? again.versions
        again.filePattern = one.filePattern ?? again.filePattern
        again.sources = one.sources ?? again.sources
        again.notBefore = one.notBefore ?? again.notBefore
        again.expires = one.expires ?? again.expires
    }
    precondition(again == scope, "\(scope.caveats)")
    // What it refuses, it refuses with a sentence.
    let now = Circumstances(peer: nil, time: UploadTime(microseconds: 0))
    _ = scope.refusal(of: Intent(.upload, index: "main"), by: "Token", now)
}
