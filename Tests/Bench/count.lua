-- Prints what Tests/Bench/run reads: requests, microseconds, bytes, socket errors.
done = function(summary)
    local errors = summary.errors.connect + summary.errors.read + summary.errors.write + summary.errors.timeout
    io.write(string.format("RESULT %d %d %d %d\n", summary.requests, summary.duration, summary.bytes, errors))
end
