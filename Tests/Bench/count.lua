-- Prints what Tests/Bench/load.py reads: requests, microseconds, bytes, socket errors, answers of 400 and above, p99.
done = function(summary, latency)
    local errors = summary.errors.connect + summary.errors.read + summary.errors.write + summary.errors.timeout
    io.write(string.format("RESULT %d %d %d %d %d %d\n", summary.requests, summary.duration, summary.bytes, errors,
        summary.errors.status, latency:percentile(99)))
end
