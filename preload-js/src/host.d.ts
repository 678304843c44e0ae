/**
 * Types for page code: `window.host`, the page's end of `host:ipc`.
 *
 * It is there before the first script of a page runs.
 */
interface Host {
  /**
   * Sends a message to the app.
   *
   * Messages arrive in the order sent. They leave together at the end of the current microtask
   * turn, or earlier when many have gathered or the page is being left. A message that is refused has no effect on others.
   *
   * @param channel 1 to 256 bytes of UTF-8.
   * @param payload What `JSON.stringify` can write, up to 64 MiB of JSON; `null` when left out.
   * @throws {HostError} `bad-channel`, `reserved-channel`, `channel-not-allowed`, `bad-payload`
   * or `payload-too-large`.
   *
   * @example
   * window.host.send("button-click", { buttonId: "submit" });
   */
  send(channel: string, payload?: unknown): void;

  /**
   * Calls `handler` with the payload of each message from the app on `channel`.
   *
   * What the app sent on the channel before its first handler has been kept for it. Handlers run
   * in the order they were added and get the same payload object; one that throws is reported
   * like an uncaught error and keeps no other from running. Adding a handler again to the same
   * channel has no effect. One that is added while a message is handled gets the next message.
   *
   * @throws {HostError} `bad-channel`, `channel-not-allowed` or `bad-handler`.
   *
   * @example
   * window.host.on("update", (payload) => console.log("Received update:", payload));
   */
  on(channel: string, handler: HostHandler): void;

  /**
   * As `on`, but for one message: the handler is removed before it is called. Of a handler that is
   * added to a channel by both, the first call counts while it lasts.
   *
   * @throws {HostError} `bad-channel`, `channel-not-allowed` or `bad-handler`.
   *
   * @example
   * window.host.once("ready", () => document.body.classList.add("ready"));
   */
  once(channel: string, handler: HostHandler): void;

  /**
   * Removes a handler, of `on` or `once`; it is not called again, not even for the message being handled. Does
   * nothing when there is no such handler. Messages on a channel left without handlers are
   * not kept.
   */
  off(channel: string, handler: HostHandler): void;
}

/** What `host.on` and `host.once` call; `payload` is `null` when the app sent none. */
type HostHandler = (payload: unknown) => void;

/** What the functions of `window.host` throw. */
interface HostError extends Error {
  readonly code: HostErrorCode;
  /** The channel as it was given. */
  readonly channel: unknown;
}

type HostErrorCode =
  /** Not a string, empty, too long, or with a lone surrogate. A `TypeError`. */
  | "bad-channel"
  /** `send` on `close`, `focus`, `blur`, `resize` or `move`: only the system sends on those. */
  | "reserved-channel"
  /** The window was opened with a list of channels, and this one is not in it. */
  | "channel-not-allowed"
  /**
   * A function, a symbol, a BigInt, a cycle, or an object with a getter or `toJSON` that threw:
   * `cause` is what was thrown. A `TypeError`.
   */
  | "bad-payload"
  /** The payload's JSON text is over the limit. */
  | "payload-too-large"
  /**
   * The payload is nested too deep. Not thrown but reported, as an `error` event of the window:
   * the host finds out later.
   */
  | "payload-too-deep"
  /** `on` or `once` without a function. A `TypeError`. */
  | "bad-handler"
  /**
   * Not thrown but reported, as an `error` event of the window: messages from the app are
   * missing before the next one. `channel` is undefined.
   */
  | "gap";

interface Window {
  readonly host: Host;
}
