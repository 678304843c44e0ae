// Types of the modules host:ipc, host:window and host:app.

/**
 * A payload is what `JSON.stringify` can write, or bytes. Bytes are a `Uint8Array`, which may be of
 * a subclass, or an `ArrayBuffer`, as the payload itself and not inside of one. They are copied at
 * the call, and always arrive as a plain `Uint8Array` over an `ArrayBuffer` of its own, which all
 * consumers of an event share. Other views and buffers, and what is detached, are `bad-payload`. So
 * is what JSON has no form for, also inside of a payload: a `Promise`, a `Map`, a `Set`, an `Error`, a
 * `Blob`, bytes, a BigInt, a cycle. Answers and chunks are payloads, too.
 */
declare module "host:ipc" {
  /** What a window sent, or what happened to it. */
  export interface IpcEvent {
    /** The window it came from. */
    windowId: string;
    /** The channel it was sent on; for a system event, its type. */
    channel: string;
    /** What was sent, a `Uint8Array` if it was bytes; null when nothing was. */
    payload: unknown;
    /** Set for what the window system reports; pages cannot send these. */
    type?: "close" | "focus" | "blur" | "resize" | "move";
  }

  /** Called for every event. What it throws, or rejects with, is reported on stderr. */
  export type IpcEventCallback = (event: IpcEvent) => void | Promise<void>;

  /** Called for every event of one channel. */
  export type ChannelCallback = (payload: unknown, windowId: string) => void | Promise<void>;

  /** What became of a broadcast in one window. */
  export type BroadcastResult =
    | { windowId: string; ok: true }
    | { windowId: string; ok: false; error: IpcError };

  /** Every error of this module but those that a signal aborts with. */
  export interface IpcError extends Error {
    /**
     * A stable word: `unknown-window`, `window-closed`, `bad-channel`, `bad-payload`, …; for what
     * a page's handler threw, its own `code`, or `handler-failed`.
     */
    code: string;
    windowId?: string;
    channel?: string;
    /** With `events-lost`: how many events, since the last report. */
    lost?: number;
  }

  /** What ends the waiting for something. */
  export interface LimitOptions {
    /** After how many milliseconds to give up, 0 to 2^31 - 1: `timeout`. Without it: never. */
    timeoutMs?: number;
    /** Gives up when it aborts, with the signal's reason; nothing is sent if it had before. */
    signal?: AbortSignal;
  }

  export interface SendOptions extends LimitOptions {
    /** Whether to wait until the page's handlers have received the message. Default: false. */
    ack?: boolean;
  }

  export interface BroadcastOptions extends SendOptions {
    /** The ids of windows to leave out. */
    except?: Iterable<string>;
  }

  /**
   * Sends a message to a window's page. Messages and calls to one window arrive in the order of the
   * calls of these functions, and messages wait for the page's first listener on their channel.
   *
   * Resolves when the message is accepted: at once, or, when the channel's queue is full and its
   * policy is `wait`, as soon as there is room. With `ack` it resolves when the page's handlers
   * have been called with it, which a page that does not listen on the channel never does. After
   * `timeout`, and when the signal aborts, the message may still arrive.
   *
   * Rejects with `unknown-window`, `window-closed`, `bad-window-id`, `bad-channel`,
   * `reserved-channel`, `channel-not-allowed`, `not-permitted`, `bad-payload`,
   * `payload-too-large`, `payload-too-deep`, `payload-too-many-values`, `bad-options`, `queue-full` or
   * `host-gone`; nothing was sent then. With `ack` also with `dropped` or `expired`, when the
   * channel's policy gave the message up. If nobody awaits it, `window-closed` and `host-gone` are
   * told on stderr, once for each window, and end no app.
   *
   * @example
   * await sendToWindow("main", "saved", { id: 7 }, { ack: true, timeoutMs: 2000 });
   */
  export function sendToWindow(
    windowId: string,
    channel: string,
    payload?: unknown,
    options?: SendOptions,
  ): Promise<void>;

  /**
   * Sends one message to several windows, or with `"*"` to all that are open now. Resolves to a
   * result for each, in their order, when the last of them has one: what `sendToWindow` would
   * resolve to or reject with. One window that fails, or waits, stops no other. Rejects only when
   * there is no list of windows, the message itself is bad, or the signal aborts.
   *
   * @example
   * await broadcast("*", "theme", "dark", { except: ["settings"] });
   */
  export function broadcast(
    windowIds: Iterable<string> | "*",
    channel: string,
    payload?: unknown,
    options?: BroadcastOptions,
  ): Promise<BroadcastResult[]>;

  /** How messages on a channel wait for a page. */
  export interface ChannelPolicy {
    /**
     * What becomes of a message that finds no room: its sender waits for room, the oldest make
     * room, only the newest ever waits, or it is refused with `queue-full`. Default: `wait`.
     */
    overflow?: "wait" | "drop-oldest" | "keep-latest" | "fail";
    /** Messages that may wait for one window, from 1. Default: 1,024. */
    capacity?: number;
    /** Bytes of their payloads, from 1; one message may always wait alone. Default: 64 MiB. */
    maxBytes?: number;
    /** Milliseconds after which a message that still waits is given up. Default: never. */
    ttlMs?: number;
    /** Whether a page that loads, or reloads, gets the channel's last message. Default: false. */
    sticky?: boolean;
  }

  /**
   * Sets the policy of a channel, or with `prefix*` of many, for messages sent from now on to all
   * windows. The most particular name counts; what is left out has its default. Throws
   * `bad-channel`, or `bad-policy`, which names the field.
   *
   * @example
   * configureChannel("progress:*", { overflow: "keep-latest", sticky: true });
   */
  export function configureChannel(pattern: string, policy: ChannelPolicy): void;

  /**
   * Asks a window's page and resolves to its handler's answer. It keeps the app alive meanwhile.
   *
   * A request waits for the page, and up to 5 s for the first handler on its channel once the page
   * has loaded. One that the page has begun with is not repeated when the page is replaced: it
   * fails with `page-gone`.
   *
   * Rejects with what `sendToWindow` rejects with; with `no-handler`, `queue-full` (4,096 calls to
   * a window are open, or 1,024 in the page wait for a handler), `page-gone`, `window-closed`,
   * `host-gone` or `timeout`; or with what the handler threw: an error with its `name`, `message`,
   * `code`, and `stack` if the window has `devtools`. Giving up aborts the handler's signal. If nobody
   * awaits it, `window-closed`, `page-gone` and `host-gone` end no app, as with `sendToWindow`.
   *
   * @example
   * const text = await request("main", "selection", null, { timeoutMs: 1000 });
   */
  export function request(
    windowId: string,
    channel: string,
    payload?: unknown,
    options?: LimitOptions,
  ): Promise<unknown>;

  /** What handlers are given besides the payload. */
  export interface CallContext {
    /** The window whose page asks. */
    readonly windowId: string;
    /**
     * Aborts when the page needs no answer any more, or is gone; none is sent then. Asking for it
     * throws `unsupported` where there is no `AbortController`.
     */
    readonly signal: AbortSignal;
  }

  /** What `handle` calls. The answer is as a payload. */
  export type RequestHandler = (payload: any, context: CallContext) => unknown;

  /** What `handleStream` calls: usually an async generator function. */
  export type StreamHandler = (
    payload: any,
    context: CallContext,
  ) => Chunks | Promise<Chunks>;

  /** Values of a stream; each is as a payload. */
  export type Chunks = AsyncIterable<unknown> | Iterable<unknown>;

  /**
   * Answers the requests of all pages on `channel` with what `handler` returns, or the promise of
   * it. Returns what removes it; what it has begun is still answered.
   *
   * Requests and messages of a page start in the order in which it sent them; a request that is
   * answered late holds up nothing. Those that came before the first handler have been waiting for
   * it, up to 5 s, and at most 1,024 of one window; when the handler has been removed, they fail at
   * once with `no-handler`. What it throws fails the request with its `name`, `message` and `code`;
   * pages get no stack of the app.
   *
   * Throws `bad-channel`, `reserved-channel`, `bad-handler` or `handler-exists`: a channel has one
   * handler, of requests or of streams.
   *
   * @example
   * handle("load-user", async ({ id }, { signal }) => await users.load(id, signal));
   */
  export function handle(channel: string, handler: RequestHandler): () => void;

  /**
   * Asks a window's page for many values, its handler's chunks, in order.
   *
   * The page is asked at once, but produces nothing before the first `next()`. That asks for 16
   * chunks, and every eighth that is consumed for 8 more, so that no more than 16 ever wait here.
   * An error, with the codes of `request` but `timeout`, is thrown by `next()` after the chunks
   * that came before it. Leaving the loop, or `return()`, tells the page to stop; once
   * `options.signal` aborts, `next()` throws its reason, and chunks that wait are given up. The
   * stream keeps the app alive until it has ended.
   *
   * Throws what `sendToWindow` rejects with.
   *
   * @example
   * for await (const row of stream("main", "rows")) console.log(row);
   */
  export function stream(
    windowId: string,
    channel: string,
    payload?: unknown,
    options?: Pick<LimitOptions, "signal">,
  ): AsyncGenerator<unknown, void, void>;

  /**
   * Answers the streams of all pages on `channel` with the values of what `handler` returns.
   *
   * The handler is called, and its iterable asked for each value, only when the page wants a value.
   * When the page stops, the signal aborts and the iterator's `return()` is called. Apart from that
   * it is like `handle`.
   *
   * @example
   * handleStream("lines", async function* ({ file }, { signal }) {
   *   for await (const line of readLines(file, signal)) yield line;
   * });
   */
  export function handleStream(channel: string, handler: StreamHandler): () => void;

  /** What ends a consumer. */
  export interface ConsumerOptions {
    /** Ends the consumer when it aborts; what waits for it is given up. */
    signal?: AbortSignal;
  }

  /** How messages wait for whoever does not read them. */
  export interface StreamOptions extends ConsumerOptions {
    /** How many may wait, from 1. Default: 65,536. */
    capacity?: number;
    /**
     * What becomes of a message that finds no room: it is lost, and that is reported as
     * `events-lost`; or the oldest makes room; or, room or not, only the newest on each channel of
     * each window waits. Default: `fail`. Pages cannot be made to wait.
     */
    overflow?: "fail" | "drop-oldest" | "keep-latest";
  }

  /**
   * All events, from now on and what nobody has heard yet. It consumes from the moment it is
   * made, and ends with the last window of an app that has nothing else to do, or when the signal
   * aborts. Leaving the loop frees it.
   *
   * What the window system reports is never lost. Of waiting resize and move events only the newest
   * of each window counts. Throws `bad-policy`, which names the option, or `bad-options`.
   *
   * @example
   * for await (const event of windowEvents({ capacity: 100, overflow: "drop-oldest" })) …
   */
  export function windowEvents(options?: StreamOptions): AsyncGenerator<IpcEvent, void, void>;
  /** All events of one window. It does not end with the window. Throws `bad-window-id`, too. */
  export function windowEventsFor(
    windowId: string,
    options?: StreamOptions,
  ): AsyncGenerator<IpcEvent, void, void>;
  /** All events on one channel. Throws `bad-channel`, too. */
  export function channelEvents(
    channel: string,
    options?: StreamOptions,
  ): AsyncGenerator<IpcEvent, void, void>;

  /**
   * Calls back for every event, from now on and what nobody has heard yet; returns what ends
   * that. Throws `bad-handler` when given no function, or `bad-options`.
   */
  export function onEvent(callback: IpcEventCallback, options?: ConsumerOptions): () => void;
  /** The same for the events on one channel. Throws `bad-channel`, too. */
  export function onChannel(
    channel: string,
    callback: ChannelCallback,
    options?: ConsumerOptions,
  ): () => void;

  /** The next event; null when the channel has closed. No event is lost between two calls. */
  export function recvWindowEvent(): Promise<IpcEvent | null>;

  /**
   * Calls back, with the code `events-lost` and `lost`, when messages of pages were lost because
   * this script did not read them in time: those of one generator, with its `windowId` or `channel`
   * if it has one, or, beyond 65,536 messages or 256 MiB on their way, those of all consumers.
   * Several that are lost together are one report. While nobody listens, stderr tells of the first,
   * second, fourth, eighth and so on. Returns what ends that. Throws `bad-handler`.
   *
   * @example
   * onError((error) => console.error(`${error.lost} events lost: ${error.message}`));
   */
  export function onError(callback: (error: IpcError) => void | Promise<void>): () => void;

  /** Counts of messages and calls, since each window was opened. */
  export interface IpcStats {
    /** The open windows, sorted by id. */
    windows: WindowStats[];
  }

  export interface WindowStats {
    windowId: string;
    /** The channels that were sent on, sorted. */
    channels: ChannelStats[];
    /** Messages and steps of calls that the page has been handed and has not acknowledged yet. */
    inFlight: number;
    /** Calls that are open, whoever opened them. */
    calls: number;
    /** Messages that the page sent. */
    received: number;
    /** The bytes of their payloads. */
    receivedBytes: number;
  }

  /** One channel of a window, towards its page. */
  export interface ChannelStats {
    channel: string;
    /** Messages that were accepted. */
    accepted: number;
    /** Messages that the page's handlers have received. */
    delivered: number;
    /** The bytes of their payloads. */
    deliveredBytes: number;
    /** Messages that gave way to newer ones. */
    dropped: number;
    /** Messages that waited for longer than `ttlMs`. */
    expired: number;
    /** Messages whose bytes the page did not get. */
    lost: number;
    /** Messages that were not accepted for lack of room. */
    refused: number;
    /** Messages that wait. */
    waiting: number;
    /** The bytes of their payloads. */
    waitingBytes: number;
    /** Milliseconds from sending to the acknowledgement, of the middle message; null without any. */
    latencyP50Ms: number | null;
    /** The same; 99 of 100 messages were quicker. */
    latencyP99Ms: number | null;
  }

  /** How much waits for each window and what became of the rest. */
  export function ipcStats(): IpcStats;
}

declare module "host:window" {
  import type { IpcEvent } from "host:ipc";

  /** Sizes and positions are logical pixels, everywhere in this module. */
  export interface WindowOptions {
    /** 1 to 256 bytes, without control characters. Default: `win-1`, `win-2`, … */
    id?: string;
    /** At most 4,000 bytes. Default: the page's `<title>`, on Linux. */
    title?: string;
    /**
     * A PNG file of at most 512 by 512 pixels and 1 MiB in the folder of the pages. Ignored on Wayland and macOS.
     * Default: the manifest's.
     */
    icon?: string;
    /** Sizes are from 1 to 16,383, positions up to 16,383 either way. Default: 800. */
    width?: number;
    /** Default: 600. */
    height?: number;
    /** Only together with `y`. */
    x?: number;
    y?: number;
    minWidth?: number;
    minHeight?: number;
    maxWidth?: number;
    maxHeight?: number;
    /** The id of an open window: the new one stays above it, on Linux, and closes with it, for certain. Default: none. */
    parent?: string;
    /** Whether the parent takes no input while the window is open, on Linux. Only with `parent`. */
    modal?: boolean;
    /** Default: true. */
    resizable?: boolean;
    /** Default: true. */
    decorations?: boolean;
    transparent?: boolean;
    alwaysOnTop?: boolean;
    /** Default: true. */
    visible?: boolean;
    /** Whether the developer tools may be opened. Default: false. */
    devtools?: boolean;
    /** The user's wish to close only sends `close`; the app decides, with `close()`. */
    preventClose?: boolean;
    /**
     * The keys that work in the window unless its page uses them: none, or those by which browsers reload (F5,
     * Ctrl+R, with Shift without what is cached) and zoom (Ctrl with plus, minus and 0). On Windows "browser" is all
     * keys of WebView2; on macOS the option does nothing. Default: "none".
     */
    shortcuts?: "none" | "browser";
    /**
     * The channels the page may use: names, or `prefix*`. One list for both ways, or one for what
     * it may send on and one for what it may listen on and answer; one that is left out allows
     * nothing. Default: all.
     */
    channels?: string[] | { send?: string[]; receive?: string[] };
    /**
     * The windows whose pages may send messages to this one's with `host.sendTo`: ids, or
     * `prefix*`. Default: none.
     */
    acceptFrom?: string[];
    /**
     * The web pages that the window may show and that may use `window.host`, besides the app's own:
     * whole origins of `http` or `https`, such as `https://example.com` or `http://localhost:8080`.
     * None unless given.
     */
    origins?: string[];
    /**
     * What becomes of files that the page, or its user, wants to save: the user is asked each time, nothing is
     * written, or they go to a folder, named by its absolute path. Only what the user has brought about is
     * saved. Default: the manifest's; "deny" for a window with `origins`.
     */
    downloads?: "ask" | "deny" | (string & {});
    /** The page, relative to the app's directory or absolute. Default: `index.html`. */
    url?: string;
    /** The page's source, instead of `url`. */
    html?: string;
  }

  export interface Size {
    width: number;
    height: number;
  }

  export interface Position {
    x: number;
    y: number;
  }

  /**
   * An open window. Methods that change it resolve when the window system has been asked; the
   * change itself arrives as an event. All but `close` reject with `window-closed` once it is
   * closed, and with `bad-options` when a value is wrong. If nobody awaits it, `window-closed` is told
   * on stderr, once for each window, and ends no app.
   */
  export interface Window {
    readonly id: string;
    /** Resolves to whether it was open. */
    close(): Promise<boolean>;
    focus(): Promise<void>;
    minimize(): Promise<void>;
    maximize(): Promise<void>;
    unmaximize(): Promise<void>;
    /** Undoes minimize and maximize. */
    restore(): Promise<void>;
    show(): Promise<void>;
    hide(): Promise<void>;
    getTitle(): Promise<string>;
    /** At most 4,000 bytes. */
    setTitle(title: string): Promise<void>;
    /** As the option `icon`. Rejects with `unsupported` on Wayland. */
    setIcon(icon: string): Promise<void>;
    /** Of the content area. */
    getSize(): Promise<Size>;
    setSize(width: number, height: number): Promise<void>;
    /**
     * The minimum and the maximum size; a window beyond them follows. 1 by 1, and 16,383 by 16,383, lift the limit. A
     * minimum that is greater than the maximum is `bad-options`.
     */
    setMinSize(width: number, height: number): Promise<void>;
    setMaxSize(width: number, height: number): Promise<void>;
    /** Both reject with `unsupported` on Wayland. */
    getPosition(): Promise<Position>;
    setPosition(x: number, y: number): Promise<void>;
    /** Moves it to the middle of its screen. Rejects with `unsupported` on Wayland. */
    center(): Promise<void>;
    isFullscreen(): Promise<boolean>;
    setFullscreen(fullscreen: boolean): Promise<void>;
    isFocused(): Promise<boolean>;
    isMaximized(): Promise<boolean>;
    isMinimized(): Promise<boolean>;
    isVisible(): Promise<boolean>;
    isResizable(): Promise<boolean>;
    setResizable(resizable: boolean): Promise<void>;
    hasDecorations(): Promise<boolean>;
    setDecorations(decorations: boolean): Promise<void>;
    isAlwaysOnTop(): Promise<boolean>;
    /** Rejects with `unsupported` on Wayland, unless it is `false`. */
    setAlwaysOnTop(alwaysOnTop: boolean): Promise<void>;
    /** As the option `preventClose`. */
    setPreventClose(preventClose: boolean): Promise<void>;
    /** Loads another page; as the option `url`. */
    navigate(url: string): Promise<void>;
    reload(): Promise<void>;
    /** Rejects with `unsupported` unless the window was opened with `devtools`. */
    openDevtools(): Promise<void>;
    /** The window's system events. It ends when the window is closed. */
    events(): AsyncGenerator<IpcEvent, void, void>;
  }

  /**
   * Opens a window. Resolves when it exists; its page may still be loading. Rejects with
   * `bad-options`, `not-permitted`, `window-exists`, `page-not-found` or `window-failed`, and with
   * `unknown-window` or `window-closed` for its `parent`.
   */
  export function createWindow(options?: WindowOptions): Promise<Window>;

  /**
   * Closes a window. Resolves to whether it was open; rejects with `unknown-window` or
   * `bad-window-id`.
   */
  export function closeWindow(id: string): Promise<boolean>;

  /** The open windows, sorted by id, also those that Rust code has opened; for each always the same object. */
  export function getWindows(): Window[];

  /** The open window with this id, or `undefined`. Throws `bad-window-id`. */
  export function getWindow(id: string): Window | undefined;

  /** What a dialog of the system's belongs to, and how it begins. */
  export interface FileDialogOptions {
    /** The id of an open window, which takes no input while the dialog is open. */
    parent: string;
    title?: string;
    /** The absolute path of the folder that is shown first. */
    folder?: string;
    /** The kinds of files between which the user chooses. Default: all files. */
    filters?: FileFilter[];
  }

  /** A kind of files: what users call it, and what names end in, without the dot. */
  export interface FileFilter {
    name: string;
    extensions: string[];
  }

  export interface OpenFileOptions extends FileDialogOptions {
    /** Whether there may be more than one. */
    multiple?: boolean;
    /** Whether folders are chosen, not files. */
    folders?: boolean;
  }

  export interface SaveFileOptions extends FileDialogOptions {
    /** The name that the file has unless the user gives another. */
    name?: string;
  }

  export interface MessageOptions {
    /** The id of an open window, which takes no input while the dialog is open. */
    parent: string;
    title?: string;
    /** More text, below. */
    detail?: string;
    /** Default: "info". */
    kind?: "info" | "warning" | "error";
    /** At most 32. Default: one that says "OK". */
    buttons?: string[];
  }

  /**
   * Has the user choose existing files. Resolves to their absolute paths; to `[]` when the user cancels. Like all
   * dialogs it needs the permission `dialogs` (`not-permitted`), goes with its window (`window-closed`), and is
   * `unsupported` on Windows and macOS; also for a path that is not Unicode. Rejects with `bad-options`,
   * `bad-window-id`, `unknown-window` and `host-gone`, too.
   *
   * @example
   * const [path] = await openFile({ parent: "main", filters: [{ name: "Text", extensions: ["txt", "md"] }] });
   */
  export function openFile(options: OpenFileOptions): Promise<string[]>;

  /**
   * Has the user say where a file is to be written, and confirm that one is overwritten. Resolves to its absolute
   * path; to `null` when the user cancels. Writes nothing.
   */
  export function saveFile(options: SaveFileOptions): Promise<string | null>;

  /**
   * Shows the user a text. Resolves to the number of the button, from 0; to `null` when the user closed the dialog,
   * by Escape or its title bar.
   */
  export function message(text: string, options: MessageOptions): Promise<number | null>;

  /**
   * Has the system open a URL of `http`, `https` or `mailto` in the program that the user has for it. Resolves
   * when the system has been asked. Needs the permission `openExternal`; rejects with `not-permitted`,
   * `bad-options` or `window-failed`. `unsupported` on Windows and macOS.
   */
  export function openExternal(url: string): Promise<void>;

  /** A part of the desktop. */
  export interface Area extends Position, Size {}

  /** A screen of the desktop. */
  export interface Screen {
    bounds: Area;
    /** What panels and docks leave to windows; all of it on Windows and macOS. */
    workArea: Area;
    /** Device pixels per logical pixel. */
    scale: number;
    /** Whether it is the one with the panels. On Wayland none is. */
    isPrimary: boolean;
  }

  /** The colors that the user has chosen for the desktop, as pages know them from `prefers-color-scheme`. */
  export type Theme = "light" | "dark";

  /** The desktop's theme, as it is now; "light" where a desktop does not tell. */
  export function getTheme(): Promise<Theme>;

  /** What ends a callback. */
  export interface ThemeOptions {
    /** Ends it when it aborts. */
    signal?: AbortSignal;
  }

  /**
   * Calls back when the desktop's theme changes. Returns a function that ends this. What the callback throws, or
   * rejects with, is reported on stderr. Throws `bad-handler` or `bad-options`.
   */
  export function onTheme(
    callback: (theme: Theme) => void | Promise<void>,
    options?: ThemeOptions,
  ): () => void;

  /** The screens of the desktop, as they are now. */
  export function screens(): Promise<Screen[]>;

  /** The system events of all windows. */
  export function windowEvents(): AsyncGenerator<IpcEvent, void, void>;

  /** What went wrong with a window. Only the host tells of it; pages cannot. */
  export type Incident =
    & { windowId: string }
    & (
      /** The page's process has ended. The window has no page until `reload()` or `navigate()`. */
      | { type: "page-crashed" }
      /** Nothing that the page says is heard any more, until the window loads another one. */
      | { type: "page-cut-off"; reason: string }
      /** The page sends too much; so many of its messages and calls were refused so far. */
      | { type: "page-throttled"; refused: number }
      /** The page wanted to go where the window may not; the URL may be cut off. */
      | { type: "navigation-blocked"; url: string }
      /** The page wanted to open another window. */
      | { type: "popup-blocked"; url: string }
      /**
       * The page or its user wanted to save this, and nothing is written: the window has `downloads: "deny"`,
       * or the user has not acted.
       */
      | { type: "download-blocked"; url: string }
      /** The user was asked where to save this, and wants it nowhere. */
      | { type: "download-refused"; url: string }
      /** A file is being saved, at this path. */
      | { type: "download-begun"; download: number; url: string; path: string }
      /** So many bytes of it are saved; at most four times a second. */
      | { type: "download-progress"; download: number; received: number; total: number | null }
      /** It is saved. */
      | { type: "download-done"; download: number; path: string }
      /** It could not be saved, for this reason; nothing is left of it. */
      | { type: "download-failed"; download: number; reason: string }
      /** The window could not load a page, and has none until it loads one. */
      | { type: "load-failed"; url: string; reason: string }
      /** The page has run nothing for some seconds, though it was given something. */
      | { type: "page-unresponsive" }
      /** It runs again. */
      | { type: "page-responsive" }
    );

  /** What ends a callback. */
  export interface IncidentOptions {
    /** Ends it when it aborts. */
    signal?: AbortSignal;
  }

  /**
   * Calls back when something went wrong with any window, from now on and what nobody has heard
   * yet; returns what ends that. While several of one window and type wait, only the newest counts.
   * What the callback throws, or rejects with, is reported on stderr. Throws `bad-handler` or
   * `bad-options`.
   *
   * @example
   * onIncident(({ windowId, type }) => {
   *   if (type === "page-crashed") windows.get(windowId)?.reload();
   * });
   */
  export function onIncident(
    callback: (incident: Incident) => void | Promise<void>,
    options?: IncidentOptions,
  ): () => void;
}

declare module "host:app" {
  /** Somebody has started the app, and the start has ended since this instance runs. */
  export interface Start {
    /** The arguments of that start, which it would have had as `Deno.args`. */
    args: string[];
    /** Where it was started: relative paths in `args` are from there. */
    directory: string;
  }

  /** What ends a callback. */
  export interface StartOptions {
    /** Ends it when it aborts. */
    signal?: AbortSignal;
  }

  /**
   * Calls back when the app is started while it runs, if its manifest has `"instances": "one"`, from now on
   * and for the starts that nobody has heard of yet; returns what ends that. What the callback throws, or rejects
   * with, is reported on stderr. Throws `bad-handler` or `bad-options`.
   *
   * @example
   * onInstance(({ args }) => args.forEach(openDocument));
   */
  export function onInstance(
    callback: (start: Start) => void | Promise<void>,
    options?: StartOptions,
  ): () => void;
}
