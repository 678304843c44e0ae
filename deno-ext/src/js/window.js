// The module host:window.

(function () {
  const { core } = __bootstrap;
  const {
    op_window_open,
    op_window_command,
    op_window_state,
    op_window_closed,
    op_window_listen,
    op_window_unlisten,
    op_window_wait,
    op_window_take,
  } = core.ops;
  const { codedError, checkText, describe, report } = core.loadExtScript(
    "ext:host_window/errors.js",
  );
  const { createEvents } = core.loadExtScript("ext:host_window/events.js");

  const events = createEvents({
    wait: op_window_wait,
    take: op_window_take,
    listen: () => op_window_listen(),
    unlisten: () => op_window_unlisten(),
    report,
  });

  function badOptions(message, properties) {
    return codedError("bad-options", message, properties);
  }

  /** Throws at what JSON would silently drop or turn into null. */
  function check(name, value) {
    const type = typeof value;
    if (type === "function" || type === "symbol" || type === "bigint") {
      throw badOptions(`option \`${name}\` cannot be a ${type}`);
    }
    if (type === "number" && !Number.isFinite(value)) {
      throw badOptions(`option \`${name}\` is out of range`);
    }
    return value;
  }

  /** The JSON text of options or of a command. */
  function encode(options) {
    try {
      return JSON.stringify(options, check);
    } catch (cause) {
      if (cause?.code === "bad-options") throw cause;
      throw badOptions(`the options cannot be read: ${describe(cause)}`, { cause });
    }
  }

  class Window {
    #id;
    #closed;

    constructor(id, closed) {
      this.#id = id;
      this.#closed = closed;
    }

    get id() {
      return this.#id;
    }

    async #change(command, value) {
      await op_window_command(this.#id, encode({ command, value }));
    }

    #state() {
      return op_window_state(this.#id);
    }

    close() {
      return closeWindow(this.#id);
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
      const stream = events.stream("system", "", (event) => event.windowId === this.#id);
      this.#closed.then(() => {
        // The last ones are there by now, and may not have been handed out.
        events.drain();
        stream.end();
      });
      return stream;
    }
  }

  async function createWindow(options = {}) {
    if (typeof options !== "object" || options === null || Array.isArray(options)) {
      throw badOptions("the options of a window are an object");
    }
    const id = await op_window_open(encode(options));
    // Pending, this keeps the app alive for as long as the window is open.
    return new Window(id, op_window_closed(id));
  }

  async function closeWindow(id) {
    checkText(id, "bad-window-id", "the window id");
    return await op_window_command(id, encode({ command: "close" }));
  }

  function windowEvents() {
    return events.stream("system", "", () => true);
  }

  return { createWindow, closeWindow, windowEvents };
})();
