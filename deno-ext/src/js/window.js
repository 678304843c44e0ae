// The module host:window.

(function () {
  const { core } = __bootstrap;
  const {
    op_window_open,
    op_window_is_open,
    op_window_list,
    op_window_find,
    op_window_command,
    op_window_close,
    op_window_state,
    op_window_dialog,
    op_window_open_external,
    op_window_screens,
    op_window_theme,
    op_window_closed,
    op_window_listen,
    op_window_unlisten,
    op_window_wait,
    op_window_take,
  } = core.ops;
  const errors = core.loadExtScript("ext:host_window/errors.js");
  const { codedError, isText, shown, checkId, checkText } = errors;
  const { outcomeOf } = core.loadExtScript("ext:host_window/outcomes.js")(errors);
  const { encodeOptions } = core.loadExtScript("ext:host_window/options.js")(errors);
  const { Queue } = core.loadExtScript("ext:host_window/queue.js");
  const { createStream } = core.loadExtScript("ext:host_window/stream.js");
  const { checkCallback, badOptions, readSignal, subscribe } = core.loadExtScript("ext:host_window/callbacks.js")(errors);
  const { createEvents } = core.loadExtScript("ext:host_window/events.js");
  const themes = core.loadExtScript("ext:host_window/themes.js");

  const events = createEvents({
    wait: op_window_wait,
    take: op_window_take,
    listen: op_window_listen,
    unlisten: op_window_unlisten,
  });

  function encode(options) {
    return encodeOptions("bad-options", options);
  }

  /** The types of the arguments of a window's methods, by their names. */
  const TYPES = {
    title: "string",
    icon: "string",
    url: "string",
    width: "number",
    height: "number",
    x: "number",
    y: "number",
    fullscreen: "boolean",
    resizable: "boolean",
    decorations: "boolean",
    alwaysOnTop: "boolean",
    preventClose: "boolean",
  };

  /** Throws at an argument that has another type, or that JSON would change. */
  function checkArgument(name, value, about) {
    const type = TYPES[name];
    if (typeof value !== type) {
      throw badOptions(`\`${name}\` must be a ${type}, not ${shown(value)}`, about);
    }
    if (type === "number" && !Number.isFinite(value)) {
      throw badOptions(`\`${name}\` must be a finite number, not ${value}`, about);
    }
    if (type === "string" && !isText(value)) {
      throw badOptions(`\`${name}\` has half of a character in it, a lone surrogate`, about);
    }
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

  /** The open windows, by their handles. */
  const windows = new Map();

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

    /** The one object for an open window. */
    static of(opened) {
      const known = windows.get(opened.handle);
      if (known !== undefined) return known;
      const window = new Window(opened);
      windows.set(opened.handle, window);
      window.#closed.then(() => windows.delete(opened.handle));
      return window;
    }

    get id() {
      return this.#id;
    }

    /** Asks for `command`, with the arguments of the method, and with `value` in what Rust reads. */
    #change(command, args, value = args) {
      return outcomeOf(this.#ask(command, args, value));
    }

    async #ask(command, args, value) {
      const about = { windowId: this.#id };
      for (const [name, arg] of Object.entries(args ?? {})) checkArgument(name, arg, about);
      await op_window_command(this.#handle, this.#id, encode({ command, value }));
    }

    #read(property) {
      const state = op_window_state(this.#handle, this.#id);
      const windowId = this.#id;
      return outcomeOf(state.then(({ [property]: value }) => {
        if (value !== null) return value;
        const message = `window "${windowId}": the window system does not tell its ${property}`;
        throw codedError(Error, "unsupported", message, { windowId });
      }));
    }

    close() {
      const command = encode({ command: "close" });
      return outcomeOf(op_window_command(this.#handle, this.#id, command));
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
      return this.#change("setVisible", undefined, true);
    }

    hide() {
      return this.#change("setVisible", undefined, false);
    }

    getTitle() {
      return this.#read("title");
    }

    setTitle(title) {
      return this.#change("setTitle", { title }, title);
    }

    setIcon(icon) {
      return this.#change("setIcon", { icon }, icon);
    }

    getSize() {
      return this.#read("size");
    }

    setSize(width, height) {
      return this.#change("setSize", { width, height });
    }

    setMinSize(width, height) {
      return this.#change("setMinSize", { width, height });
    }

    setMaxSize(width, height) {
      return this.#change("setMaxSize", { width, height });
    }

    getPosition() {
      return this.#read("position");
    }

    setPosition(x, y) {
      return this.#change("setPosition", { x, y });
    }

    center() {
      return this.#change("center");
    }

    isFullscreen() {
      return this.#read("fullscreen");
    }

    setFullscreen(fullscreen) {
      return this.#change("setFullscreen", { fullscreen }, fullscreen);
    }

    isFocused() {
      return this.#read("focused");
    }

    isMaximized() {
      return this.#read("maximized");
    }

    isMinimized() {
      return this.#read("minimized");
    }

    isVisible() {
      return this.#read("visible");
    }

    isResizable() {
      return this.#read("resizable");
    }

    setResizable(resizable) {
      return this.#change("setResizable", { resizable }, resizable);
    }

    hasDecorations() {
      return this.#read("decorations");
    }

    setDecorations(decorations) {
      return this.#change("setDecorations", { decorations }, decorations);
    }

    isAlwaysOnTop() {
      return this.#read("alwaysOnTop");
    }

    setAlwaysOnTop(alwaysOnTop) {
      return this.#change("setAlwaysOnTop", { alwaysOnTop }, alwaysOnTop);
    }

    setPreventClose(preventClose) {
      return this.#change("setPreventClose", { preventClose }, preventClose);
    }

    navigate(url) {
      return this.#change("navigate", { url }, url);
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

  async function create(options = {}) {
    return Window.of(await op_window_open(encode(options)));
  }

  async function close(id) {
    checkId(id);
    return await op_window_close(id);
  }

  function createWindow(options) {
    return outcomeOf(create(options));
  }

  function closeWindow(id) {
    return outcomeOf(close(id));
  }

  function getWindows() {
    return op_window_list().map((opened) => Window.of(opened));
  }

  function getWindow(id) {
    checkId(id);
    const opened = op_window_find(id);
    return opened === null ? undefined : Window.of(opened);
  }

  /** Shows a dialog of the window whose id is the option `parent`. */
  async function showDialog(kind, options, rest = {}) {
    encode(options);
    const { parent, ...others } = options;
    if (typeof parent !== "string") {
      throw badOptions(`option \`parent\` must be the id of a window, not ${shown(parent)}`);
    }
    return await op_window_dialog(parent, kind, encode({ ...others, ...rest }));
  }

  function openFile(options) {
    return outcomeOf(showDialog("openFile", options).then(({ files }) => files ?? []));
  }

  function saveFile(options) {
    return outcomeOf(showDialog("saveFile", options).then(({ files }) => files?.[0] ?? null));
  }

  function message(text, options) {
    return outcomeOf(showMessage(text, options));
  }

  async function showMessage(text, options) {
    checkText(text, "bad-options", "the message");
    if (options?.text !== undefined) throw badOptions("the message is no option, but the first argument");
    const { button } = await showDialog("message", options, { text });
    return button;
  }

  async function openUrl(url) {
    checkText(url, "bad-options", "the URL");
    await op_window_open_external(url);
  }

  function getTheme() {
    return outcomeOf(op_window_theme());
  }

  function onTheme(callback, options) {
    checkCallback(callback);
    return subscribe(themes, options, "theme", "", () => true, "an onTheme callback", callback);
  }

  function screens() {
    return outcomeOf(op_window_screens());
  }

  function openExternal(url) {
    return outcomeOf(openUrl(url));
  }

  function windowEvents(options) {
    // Those of host:ipc have options.
    readSignal(options, []);
    return streamOf(() => true).stream;
  }

  function onIncident(callback, options) {
    checkCallback(callback);
    const where = "an onIncident callback";
    return subscribe(events, options, "incidents", "", isIncident, where, callback);
  }

  return {
    createWindow,
    closeWindow,
    getWindows,
    getWindow,
    openFile,
    saveFile,
    message,
    openExternal,
    screens,
    getTheme,
    onTheme,
    windowEvents,
    onIncident,
  };
})();
