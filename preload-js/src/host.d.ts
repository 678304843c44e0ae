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
   * turn, or earlier when many have gathered or the page is being left. A message that is refused
   * has no effect on others. Bytes that could not be handed over are reported as `transfer-failed`.
   *
   * @param channel 1 to 256 bytes of UTF-8.
   * @param payload What `JSON.stringify` can write, up to 64 MiB of JSON; `null` when left out. Or
   * bytes, up to 64 MiB: a `Uint8Array` or an `ArrayBuffer`, which is copied at once and arrives as a
   * `Uint8Array`.
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
   * Removes a handler, of `on` or `once`; it is not called again, not even for the message being
   * handled. Does nothing when there is no such handler. Messages on a channel left without
   * handlers are not kept.
   */
  off(channel: string, handler: HostHandler): void;

  /**
   * Asks the app and resolves to its handler's answer.
   *
   * Requests, streams and messages reach the app in the order of the calls; answers come when
   * they are ready. A request whose channel has no handler waits up to 5 s for one.
   *
   * @param payload As for `send`; so is the answer.
   * @returns Rejects with a {@link HostCallError}: what `send` throws, `bad-options`, `timeout`,
   * `no-handler`, `queue-full`, `page-gone`, `host-gone`, `transfer-failed`, or what the handler
   * threw. Once `options.signal` aborts it rejects with the signal's reason instead; nothing is sent
   * if it had aborted before.
   *
   * @example
   * const user = await window.host.request("load-user", { id: 7 }, { timeoutMs: 2000 });
   */
  request(channel: string, payload?: unknown, options?: HostRequestOptions): Promise<unknown>;

  /**
   * Answers the app's requests on `channel` with what `handler` returns, or the promise of it.
   *
   * Requests start in the order in which they came; one that is answered late holds up no other.
   * What came before the handler has been waiting for it: up to 5 s, not counting the time that
   * the page took to load, and at most 1,024 at a time. When the handler has been removed,
   * requests fail at once. What it throws fails the request with its name, message and code.
   *
   * @returns Removes the handler; what it has begun is still answered.
   * @throws {HostError} `bad-channel`, `reserved-channel`, `channel-not-allowed`, `bad-handler` or
   * `handler-exists`.
   *
   * @example
   * window.host.handle("selection", () => String(document.getSelection()));
   */
  handle(channel: string, handler: HostRequestHandler): () => void;

  /**
   * Asks the app for many values, its handler's chunks, in order.
   *
   * The app is asked at once, but produces nothing before the first `next()`. That asks for 16
   * chunks, and every eighth that is consumed for 8 more, so no more than 16 ever wait here. An
   * error, with the codes of `request` but `timeout`, is thrown by `next()` after the chunks that
   * came before it. Leaving the loop, or `return()`, tells the app to stop; once `options.signal`
   * aborts, `next()` throws its reason, and chunks that wait are given up.
   *
   * @throws {HostError} What `send` throws, and `bad-options`.
   *
   * @example
   * for await (const line of window.host.stream("read-lines", { file: "a.txt" })) {
   *   console.log(line);
   * }
   */
  stream(channel: string, payload?: unknown, options?: HostStreamOptions): HostStream;

  /**
   * Answers the app's streams on `channel` with the values of what `handler` returns.
   *
   * The handler is called, and its iterable asked for each value, only when the app wants a
   * value. When the app stops, the signal aborts and the iterator's `return()` is called. Apart
   * from that it is like `handle`: a channel has one handler, of one of the two kinds.
   *
   * @throws {HostError} As `handle`.
   *
   * @example
   * window.host.handleStream("rows", async function* (payload, { signal }) {
   *   for (const row of document.querySelectorAll("tr")) yield row.textContent;
   * });
   */
  handleStream(channel: string, handler: HostStreamHandler): () => void;

  /**
   * Sends a message to the page of another window, whose handlers get this window's id with it.
   *
   * The other window must have been opened such that it accepts this one's messages.
   *
   * @param windowId 1 to 256 bytes of UTF-8, without control characters.
   * @returns Resolves when the message is accepted: it then waits for that page. Rejects with a
   * {@link HostCallError}: what `send` throws, `bad-window-id`, `unknown-window`,
   * `window-not-allowed`, `window-closed`, `queue-full`, `page-gone`, `host-gone` or
   * `transfer-failed`.
   *
   * @example
   * await window.host.sendTo("preview", "show", { page: 3 });
   */
  sendTo(windowId: string, channel: string, payload?: unknown): Promise<void>;
}

/**
 * What `host.on` and `host.once` call; `payload` is `null` when none was sent, and a `Uint8Array`
 * of its own buffer when bytes were. `source` is there for messages from another window's page, and
 * not for those from the app.
 */
type HostHandler = (payload: unknown, source?: HostSource) => void;

/** Where a message comes from. */
interface HostSource {
  /** The id of the window whose page sent it with `host.sendTo`. */
  readonly from: string;
}

interface HostRequestOptions {
  /** After how many milliseconds to give up, 0 to 2^31 - 1. Without it: never. */
  timeoutMs?: number;
  /** Gives up when it aborts. */
  signal?: AbortSignal;
}

interface HostStreamOptions {
  /** Ends the stream when it aborts. */
  signal?: AbortSignal;
}

/** What handlers are given besides the payload. */
interface HostCallContext {
  /** Aborts when the app needs no answer any more; none is sent then. */
  readonly signal: AbortSignal;
}

/** What `host.handle` calls. The answer is as what `host.send` sends. */
type HostRequestHandler = (payload: unknown, context: HostCallContext) => unknown;

/** What `host.handleStream` calls: usually an async generator function. */
type HostStreamHandler = (
  payload: unknown,
  context: HostCallContext,
) => HostChunks | Promise<HostChunks>;

/** Values of a stream; each is as what `host.send` sends. */
type HostChunks = AsyncIterable<unknown> | Iterable<unknown>;

/** What `host.stream` returns. `next()` may be called before an earlier one has settled. */
interface HostStream extends AsyncIterableIterator<unknown> {
  next(): Promise<IteratorResult<unknown>>;
  return(value?: unknown): Promise<IteratorResult<unknown>>;
}

/** What the functions of `window.host` throw. */
interface HostError extends Error {
  readonly code: HostErrorCode;
  /** The channel as it was given. */
  readonly channel: unknown;
}

/** What a call fails with. */
interface HostCallError extends Error {
  /** A {@link HostErrorCode}, or the code of the error that the app's handler threw. */
  readonly code: string;
  readonly channel: unknown;
}

type HostErrorCode =
  /** Not a string, empty, too long, or with a lone surrogate. A `TypeError`. */
  | "bad-channel"
  /**
   * Anything but `on`, `once` and `off` on `close`, `focus`, `blur`, `resize` or `move`: only the
   * system sends on those.
   */
  | "reserved-channel"
  /** The window's `channels` do not have this one, for sending or for receiving. */
  | "channel-not-allowed"
  /**
   * A function or a symbol; or there is something in it, or it is something, that JSON has no form for:
   * a `Promise`, a `Map`, a `Set`, an `Error`, a `Blob`, a node, bytes inside of something, a BigInt, a
   * cycle. The message has its place. Or a getter or `toJSON` threw: `cause` is what was thrown. Or a
   * view that is no `Uint8Array`, such as a `Float32Array`, or one whose buffer is detached. A `TypeError`.
   */
  | "bad-payload"
  /** The payload's JSON text, or its bytes, are over the limit. */
  | "payload-too-large"
  /**
   * The payload is nested too deep. The host finds out later: a call fails with it, and for a
   * message it is not thrown but reported, as an `error` event of the window.
   */
  | "payload-too-deep"
  /** The payload has too many values. The host finds out later, as with `payload-too-deep`. */
  | "payload-too-many-values"
  /** A handler that is not a function. A `TypeError`. */
  | "bad-handler"
  /**
   * Options that are not an object, one that is unknown, a `timeoutMs` out of range, a `signal` that is
   * none, or a getter that threw: `cause` is what was thrown. A `TypeError`.
   */
  | "bad-options"
  /**
   * `sendTo` with an id that is not a string, empty, too long, or with a lone surrogate. A
   * `TypeError`.
   */
  | "bad-window-id"
  /** `handle` or `handleStream` on a channel that has a handler of either kind. */
  | "handler-exists"
  /** Nobody handles the channel on the other side, or not calls of this kind. */
  | "no-handler"
  /** The handler threw what has no code of its own, or returned no iterable for a stream. */
  | "handler-failed"
  /** No answer came within `timeoutMs`. */
  | "timeout"
  /** As much waits on the other side as may: the call was not taken. */
  | "queue-full"
  /**
   * This page sends more, or faster, than it may. A call fails with it; for messages it is not thrown
   * but reported, as an `error` event of the window, one for all that were refused together.
   */
  | "rate-limited"
  /**
   * Not thrown but reported, as an `error` event of the window: this page has listened on as many
   * channels as it may, and hears nothing on this one.
   */
  | "too-many-channels"
  /** The page was left before the call had ended, and has come back since. */
  | "page-gone"
  /** `sendTo` to a window that has been closed. */
  | "window-closed"
  /** `sendTo` to a window that does not accept messages of this one. */
  | "window-not-allowed"
  /** `sendTo` to a window that there has never been. */
  | "unknown-window"
  /** The app is ending. */
  | "host-gone"
  /**
   * Bytes did not get to the other side, or did not come: the page's policy forbids the request,
   * say, or it was made while the page was being left. A call fails with it, and for a message it is
   * not thrown but reported, as an `error` event of the window.
   */
  | "transfer-failed"
  /**
   * Not thrown but reported, as an `error` event of the window: messages from the app are
   * missing before the next one. `channel` is undefined.
   */
  | "gap";

interface Window {
  readonly host: Host;
}
