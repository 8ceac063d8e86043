/** What one listener allows its senders, in bytes, milliseconds and connections. */

export interface ListenerLimits {
  readonly maxFrameBytes: number;
  /** Bytes outside frames since the last good one; more closes the connection. */
  readonly maxGarbageBytes: number;
  readonly commitLimitMs: number;
  /** Silence allowed inside a frame. Between frames senders may be silent for hours. */
  readonly frameIdleMs: number;
  /** After FS without CR, this much silence ends the frame. */
  readonly crWaitMs: number;
  /** Frames that wait on one connection before its socket is paused. */
  readonly maxQueuedFrames: number;
  /** Bytes of messages in work over all connections before sockets are paused. */
  readonly maxInFlightBytes: number;
  /** Bytes of unfinished frames over all connections; the connection that goes over it is closed. */
  readonly maxUnfinishedBytes: number;
  readonly maxConnections: number;
  readonly maxConnectionsPerAddress: number;
  /** How long `close` waits for running messages. */
  readonly drainMs: number;
}

export const LISTENER_LIMITS: ListenerLimits = {
  maxFrameBytes: 32 * 1024 * 1024,
  maxGarbageBytes: 1024 * 1024,
  commitLimitMs: 4_000,
  frameIdleMs: 30_000,
  crWaitMs: 1_000,
  maxQueuedFrames: 64,
  maxInFlightBytes: 128 * 1024 * 1024,
  maxUnfinishedBytes: 256 * 1024 * 1024,
  maxConnections: 256,
  maxConnectionsPerAddress: 64,
  drainMs: 8_000,
};
