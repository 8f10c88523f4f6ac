import CLinux
import Glibc

/// Starts a detached thread that runs `body` and ends with it (`pthread_create(3)`).
///
/// - Parameter name: at most 15 bytes, as shown by `top -H`.
/// - Throws: `EAGAIN` when the system has no room for a thread.
public func startThread(named name: String, _ body: @escaping @Sendable () -> Void) throws(Errno) {
    let box = unsafe Unmanaged.passRetained(ThreadBody(name: name, run: body))
    var thread = pthread_t()
    let code = unsafe pthread_create(
        &thread, nil,
        { argument in
            guard let argument = unsafe argument else { return nil }
            let body = unsafe Unmanaged<ThreadBody>.fromOpaque(argument).takeRetainedValue()
            unsafe body.name.withCString { name in unsafe linux_name_thread(name) }
            body.run()
            return nil
        }, box.toOpaque())
    guard code == 0 else {
        unsafe box.release()
        throw Errno(code)
    }
    pthread_detach(thread)
}

private final class ThreadBody {
    let name: String
    let run: @Sendable () -> Void

    init(name: String, run: @escaping @Sendable () -> Void) {
        self.name = name
        self.run = run
    }
}

/// A value behind a lock, with waiting until it changes (`pthread_cond_wait(3)`).
///
/// A change wakes one waiting thread only: all threads that wait must wait for the same thing.
///
/// `@unchecked Sendable`: the value is touched only while `mutex` is held.
@safe public final class Monitor<Value>: @unchecked Sendable {
    private var value: Value
    private let mutex: UnsafeMutablePointer<pthread_mutex_t>
    private let condition: UnsafeMutablePointer<pthread_cond_t>

    /// A monitor of a value.
    public init(_ value: sending Value) {
        self.value = value
        unsafe mutex = .allocate(capacity: 1)
        unsafe condition = .allocate(capacity: 1)
        unsafe pthread_mutex_init(mutex, nil)
        unsafe pthread_cond_init(condition, nil)
    }

    deinit {
        unsafe pthread_cond_destroy(condition)
        unsafe pthread_mutex_destroy(mutex)
        unsafe condition.deallocate()
        unsafe mutex.deallocate()
    }

    /// Changes the value, and wakes one waiting thread.
    public func change<Result>(_ body: (inout Value) -> sending Result) -> sending Result {
        unsafe pthread_mutex_lock(mutex)
        defer {
            unsafe pthread_cond_signal(condition)
            unsafe pthread_mutex_unlock(mutex)
        }
        return body(&value)
    }

    /// Blocks until `body` returns something for the value; `body` runs once at first, then each time that a change
    /// wakes this thread.
    public func wait<Result>(for body: (inout Value) -> sending Result?) -> sending Result {
        unsafe pthread_mutex_lock(mutex)
        defer { unsafe pthread_mutex_unlock(mutex) }
        while true {
            if let result = body(&value) { return result }
            unsafe pthread_cond_wait(condition, mutex)
        }
    }
}
