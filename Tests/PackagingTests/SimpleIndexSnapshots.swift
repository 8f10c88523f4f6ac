/// What `SimpleIndexTests.richPage()` must become, byte by byte. A line that ends in `\#` goes on in the next one.
extension SimpleIndexTests {
    static let richJSON = #"""
        {"meta":{"api-version":"1.4","_last-serial":42},"name":"foo-bar",\#
        "project-status":{"status":"deprecated","reason":"use <baz>"},\#
        "versions":["0.9.dev1","0.9","1.0","1.0+cpu.1","2.0"],\#
        "files":[{"filename":"foo_bar-0.9-py3-none-any.whl",\#
        "url":"../../packages/\#(digest)/foo_bar-0.9-py3-none-any.whl",\#
        "hashes":{"sha256":"\#(digest)"},\#
        "size":12345,"upload-time":"2025-11-21T08:18:10.123456Z",\#
        "yanked":true},\#
        {"filename":"foo_bar-0.9.tar.gz",\#
        "url":"../../packages/\#(digest)/foo_bar-0.9.tar.gz",\#
        "hashes":{"sha256":"\#(digest)"},\#
        "size":12345,"upload-time":"2025-11-21T08:18:10.123456Z"},\#
        {"filename":"foo_bar-1.0.tar.gz",\#
        "url":"../../packages/\#(digest)/foo_bar-1.0.tar.gz",\#
        "hashes":{"sha256":"\#(digest)"},\#
        "size":12345,"upload-time":"2025-11-21T08:18:10.123456Z",\#
        "yanked":"Broken \"on\" <Windows> & é\n\u0001'\\"},\#
        {"filename":"foo_bar-1.0+cpu.1-py3-none-any.whl",\#
        "url":"../../packages/\#(digest)/foo_bar-1.0%2Bcpu.1-py3-none-any.whl",\#
        "hashes":{"sha256":"\#(digest)"},"requires-python":">=3.9,<4",\#
        "size":12345,"upload-time":"2025-11-21T08:19:10.123456Z",\#
        "core-metadata":{"sha256":"\#(metadataDigest)"},"gpg-sig":true,\#
        "provenance":"https://index.example/integrity/foo-bar/1.0+cpu.1/x/provenance?a=1&b=2"}]}

        """#

    static let richHTML = #"""
        <!DOCTYPE html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <meta name="pypi:repository-version" content="1.4">
        <meta name="pypi:project-status" content="deprecated">
        <meta name="pypi:project-status-reason" content="use &lt;baz&gt;">
        <title>Links for Foo.Bar</title>
        </head>
        <body>
        <h1>Links for Foo.Bar</h1>
        <a href="../../packages/\#(digest)/foo_bar-0.9-py3-none-any.whl\#
        #sha256=\#(digest)"\#
         data-yanked=""\#
         data-gpg-sig="false">\#
        foo_bar-0.9-py3-none-any.whl</a><br>
        <a href="../../packages/\#(digest)/foo_bar-0.9.tar.gz\#
        #sha256=\#(digest)"\#
         data-gpg-sig="false">\#
        foo_bar-0.9.tar.gz</a><br>
        <a href="../../packages/\#(digest)/foo_bar-1.0.tar.gz\#
        #sha256=\#(digest)"\#
         data-yanked="Broken &quot;on&quot; &lt;Windows&gt; &amp; é  &#39;\"\#
         data-gpg-sig="false">\#
        foo_bar-1.0.tar.gz</a><br>
        <a href="../../packages/\#(digest)/foo_bar-1.0%2Bcpu.1-py3-none-any.whl\#
        #sha256=\#(digest)"\#
         data-requires-python="&gt;=3.9,&lt;4"\#
         data-core-metadata="sha256=\#(metadataDigest)"\#
         data-dist-info-metadata="sha256=\#(metadataDigest)"\#
         data-gpg-sig="true"\#
         data-provenance="https://index.example/integrity/foo-bar/1.0+cpu.1/x/provenance?a=1&amp;b=2">\#
        foo_bar-1.0+cpu.1-py3-none-any.whl</a><br>
        </body>
        </html>
        <!--SERIAL 42-->

        """#
}
