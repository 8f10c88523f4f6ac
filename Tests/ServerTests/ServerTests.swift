import Testing

/// Real connections on the loopback; one test at a time, since their clients block.
@Suite(.serialized, .timeLimit(.minutes(2))) struct ServerTests {}
