// The module host:window.

(function () {
  const { core } = __bootstrap;
  const {
    op_window_open,
    op_window_is_open,
    op_window_command,
    op_window_close,
    op_window_state,
    op_window_closed,
    op_window_listen,
    op_window_unlisten,
    op_window_wait,
    op_window_take,
  } = core.ops;
  const errors = core.loadExtScript("ext:host_window/errors.js");
  const { checkText, codedError } = errors;
  const { encodeOptions } = core.loadExtScript("ext:host_window/options.js")(errors);
  const { Queue } = core.loadExtScript("ext:host_window/queue.js");
  const { createStream } = core.loadExtScript("ext:host_window/stream.js");
  const { checkCallback, subscribe } = core.loadExtScript("ext:host_window/callbacks.js")(errors);
  const { createEvents } = core.loadExtScript("ext:host_window/events.js");

  const events = createEvents({
    wait: op_window_wait,
    take: op_window_take,
    listen: op_window_listen,
    unlisten: op_window_unlisten,
  });

  function encode(options) {
    return encodeOptions("bad-options", options);
  }

  /** Only system events have a channel. */
  function isIncident(event) {
    return event.channel === undefined;
  }

  /** A stream of the system events that are wanted, and what ends it. */
  function streamOf(wants) {
    const freed = () => remove();
    const { stream, push, end } = createStream({ queue: new Queue(), freed });
    const remove = events.add("system", "", {
      wants: (event) => !isIncident(event) && wants(event),
      deliver: push,
      end,
    });
    return { stream, end };
  }

  /** The events of a window that is closed. */
  async function* closedStream(windowId) {
    throw codedError(Error, "window-closed", `window "${windowId}" is closed`, { windowId });
  }

  /** One window: not another one that has its id later. */
  class Window {
    #handle;
    #id;
    #closed;

    constructor({ handle, id }) {
      this.#handle = handle;
      this.#id = id;
      // Pending, this keeps the app alive for as long as the window is open.
      this.#closed = op_window_closed(handle);
    }

    get id() {
      return this.#id;
    }

    async #change(command, value) {
      await op_window_command(this.#handle, this.#id, encode({ command, value }));
    }

    #state() {
      return op_window_state(this.#handle, this.#id);
    }

    async close() {
      return await op_window_command(this.#handle, this.#id, encode({ command: "close" }));
    }

    focus() {
      return this.#change("focus");
    }

    minimize() {
      return this.#change("minimize");
    }

    maximize() {
      return this.#change("maximize");
    }

    unmaximize() {
      return this.#change("unmaximize");
    }

    restore() {
      return this.#change("restore");
    }

    show() {
      return this.#change("setVisible", true);
    }

    hide() {
      return this.#change("setVisible", false);
    }

    async getTitle() {
      return (await this.#state()).title;
    }

    setTitle(title) {
      return this.#change("setTitle", title);
    }

    async getSize() {
      return (await this.#state()).size;
    }

    setSize(width, height) {
      return this.#change("setSize", { width, height });
    }

    async getPosition() {
      return (await this.#state()).position;
    }

    setPosition(x, y) {
      return this.#change("setPosition", { x, y });
    }

    async isFullscreen() {
      return (await this.#state()).fullscreen;
    }

    setFullscreen(fullscreen) {
      return this.#change("setFullscreen", fullscreen);
    }

    async isFocused() {
      return (await this.#state()).focused;
    }

    async isMaximized() {
      return (await this.#state()).maximized;
    }

    async isMinimized() {
      return (await this.#state()).minimized;
    }

    async isVisible() {
      return (await this.#state()).visible;
    }

    async isResizable() {
      return (await this.#state()).resizable;
    }

    setResizable(resizable) {
      return this.#change("setResizable", resizable);
    }

    async hasDecorations() {
      return (await this.#state()).decorations;
    }

    setDecorations(decorations) {
      return this.#change("setDecorations", decorations);
    }

    async isAlwaysOnTop() {
      return (await this.#state()).alwaysOnTop;
    }

    setAlwaysOnTop(alwaysOnTop) {
      return this.#change("setAlwaysOnTop", alwaysOnTop);
    }

    navigate(url) {
      return this.#change("navigate", url);
    }

    reload() {
      return this.#change("reload");
    }

    openDevtools() {
      return this.#change("openDevtools");
    }

    events() {
      if (!op_window_is_open(this.#handle)) return closedStream(this.#id);
      const { stream, end } = streamOf((event) => event.windowId === this.#id);
      this.#closed.then(() => {
        // The last ones are there by now, and may not have been handed out.
        events.drain();
        end();
      });
      return stream;
    }
  }

  async function createWindow(options = {}) {
    return new Window(await op_window_open(encode(options)));
  }

  async function closeWindow(id) {
    checkText(id, "bad-window-id", "the window id");
    return await op_window_close(id);
  }

  function windowEvents() {
    return streamOf(() => true).stream;
  }

  function onIncident(callback, options) {
    checkCallback(callback);
    const where = "an onIncident callback";
    return subscribe(events, options, "incidents", "", isIncident, where, callback);
  }

  return { createWindow, closeWindow, windowEvents, onIncident };
})();
