import Testing

/// Real connections on the loopback; one test at a time, since their clients block.
@Suite(.serialized, .timeLimit(.minutes(10))) struct ServerTests {}
