// Types of the modules host:ipc and host:window.

declare module "host:ipc" {
  /** What a window sent, or what happened to it. */
  export interface IpcEvent {
    /** The window it came from. */
    windowId: string;
    /** The channel it was sent on; for a system event, its type. */
    channel: string;
    /** What was sent; null when nothing was. */
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

  /** Every error of this module. */
  export interface IpcError extends Error {
    /** A stable word: `unknown-window`, `window-closed`, `bad-channel`, `bad-payload`, … */
    code: string;
    windowId?: string;
    channel?: string;
  }

  /**
   * Sends a message to a window's page. Resolves when the message is accepted; messages to one
   * window arrive in the order sent, and wait for the page's first listener on their channel.
   *
   * Rejects with `unknown-window`, `window-closed`, `bad-window-id`, `bad-channel`,
   * `reserved-channel`, `channel-not-allowed`, `bad-payload`, `payload-too-large`,
   * `payload-too-deep`, `queue-full` or `host-gone`; nothing was sent then.
   */
  export function sendToWindow(windowId: string, channel: string, payload?: unknown): Promise<void>;

  /**
   * Sends one message to several windows. Resolves to a result for each, in their order: one
   * window that fails stops no other. Rejects only when there is no list of windows or the
   * message itself is bad.
   */
  export function broadcast(
    windowIds: Iterable<string>,
    channel: string,
    payload?: unknown,
  ): Promise<BroadcastResult[]>;

  /**
   * All events, from now on and what nobody has heard yet. It consumes from the moment it is
   * made, and ends with the last window of an app that has nothing else to do. Leaving the loop
   * frees it.
   *
   * At most 65,536 messages wait for whoever does not read them; newer ones are lost then, and
   * that is reported on stderr. Of waiting resize and move events only the newest of each window
   * counts.
   */
  export function windowEvents(): AsyncGenerator<IpcEvent, void, void>;
  /** All events of one window. It does not end with the window. Throws `bad-window-id`. */
  export function windowEventsFor(windowId: string): AsyncGenerator<IpcEvent, void, void>;
  /** All events on one channel. Throws `bad-channel`. */
  export function channelEvents(channel: string): AsyncGenerator<IpcEvent, void, void>;

  /**
   * Calls back for every event, from now on and what nobody has heard yet; returns what ends
   * that. Throws `bad-handler` when given no function.
   */
  export function onEvent(callback: IpcEventCallback): () => void;
  /** The same for the events on one channel. Throws `bad-channel`, too. */
  export function onChannel(channel: string, callback: ChannelCallback): () => void;

  /** The next event; null when the channel has closed. No event is lost between two calls. */
  export function recvWindowEvent(): Promise<IpcEvent | null>;
}

declare module "host:window" {
  import type { IpcEvent } from "host:ipc";

  /** Sizes and positions are logical pixels, everywhere in this module. */
  export interface WindowOptions {
    /** Default: `win-1`, `win-2`, … */
    id?: string;
    title?: string;
    /** Default: 800. */
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
    /** The channels the window may use, both ways: names, or `prefix*`. Default: all. */
    channels?: string[];
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
   * closed, and with `bad-options` when a value is wrong.
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
    setTitle(title: string): Promise<void>;
    /** Of the content area. */
    getSize(): Promise<Size>;
    setSize(width: number, height: number): Promise<void>;
    getPosition(): Promise<Position>;
    setPosition(x: number, y: number): Promise<void>;
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
    setAlwaysOnTop(alwaysOnTop: boolean): Promise<void>;
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
   * `bad-options`, `window-exists`, `page-not-found` or `window-failed`.
   */
  export function createWindow(options?: WindowOptions): Promise<Window>;

  /**
   * Closes a window. Resolves to whether it was open; rejects with `unknown-window` or
   * `bad-window-id`.
   */
  export function closeWindow(id: string): Promise<boolean>;

  /** The system events of all windows. */
  export function windowEvents(): AsyncGenerator<IpcEvent, void, void>;
}
