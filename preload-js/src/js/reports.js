// What fails in the page and nobody catches, and what it writes to its console: told to the host, for
// whoever develops the app.

/** How much of a report crosses, in UTF-16 units. */
const MAX_REPORT_LENGTH = 8 * 1024;
const MAX_PLACE_LENGTH = 1024;

/** How much is told in a second, in UTF-16 units; of the rest only how many there are. */
const MAX_TOLD_LENGTH = 64 * 1024;

/** How many frames may wait for a way to the host before reports are left out. */
const MAX_UNSENT = 4096;

/** How many places of a stack are told. */
const MAX_PLACES = 4;

let second = 0; // when this second began
let told = 0; // how much was told in it
let omitted = 0; // how many reports were not
let timer; // what tells of them
let isDescribing = false; // whether a report is being made
let isShowing = false; // whether the page is shown an error that was told already

/** The start of a text, well-formed: the host reads no other. */
const cut = (text, length) => {
  const kept = text.length > length ? slice(text, 0, length - 1) + "…" : text;
  return utf8Length(kept) === Infinity ? toWellFormed(kept) : kept;
};

const tellOmitted = () => {
  const text = String(omitted);
  timer = undefined;
  omitted = 0;
  tellHost("omitted", text, "");
};

const tellHost = (kind, text, place) => {
  const frame = ',"report":{"kind":"' + kind + '","text":' +
    stringify(cut(text, MAX_REPORT_LENGTH)) + ',"place":' +
    stringify(cut(place, MAX_PLACE_LENGTH)) + "}";
  told += frame.length;
  enqueue("report", frame);
};

/**
 * Tells the host what `describe()` returns, a text and a place, unless too much is told already. It may
 * run code of the page, whose own reports are not made meanwhile.
 */
const reportAs = (kind, describe) => {
  if (isDescribing) return;
  const time = now();
  if (time - second >= 1000) {
    second = time;
    told = 0;
  }
  if (told > MAX_TOLD_LENGTH || count > MAX_UNSENT) {
    omitted += 1;
    timer ??= setTimeout(tellOmitted, 1000);
    return;
  }
  isDescribing = true;
  let text;
  let place;
  try {
    ({ text, place } = describe());
  } catch {
    text = "what cannot be described";
    place = "";
  }
  isDescribing = false;
  tellHost(kind, text, place);
};

/** Shows the page an error, of its own code or of this script, as one that nobody has caught. */
const showError = (error) => {
  isShowing = true;
  try {
    report(error);
  } finally {
    isShowing = false;
  }
};

/** The same, and tells the host: the webview would not say what it is, since this script called. */
const uncaught = (error, kind) => {
  reportAs(kind, () => {
    const read = readThrown(error);
    return { __proto__: null, text: wordsOf(read), place: placeOf(read.stack) };
  });
  showError(error);
};

/** Where an error comes from, by its stack: of its lines those with a URL count. */
const placeOf = (stack) => {
  if (stack === undefined) return "";
  const lines = slice(stack, 0, 4 * MAX_PLACE_LENGTH) + "\n";
  let places = "";
  let count = 0;
  let start = 0;
  for (let i = 0; i < lines.length && count < MAX_PLACES; i++) {
    if (charCodeAt(lines, i) !== 10) continue;
    const line = trim(slice(lines, start, i));
    start = i + 1;
    if (indexOf(line, "://") < 0) continue;
    places += count === 0 ? line : " < " + line;
    count += 1;
  }
  return places;
};

/** What was thrown, in words. */
const wordsOf = ({ thrown, name, message }) => {
  if (Object(thrown) !== thrown) return message;
  if (message === undefined) return tagOf(thrown);
  const start = name ?? "Error";
  return message === "" ? start : start + ": " + message;
};

/** How deep, and how many, members are shown of an object. */
const MAX_DEPTH = 2;
const MAX_MEMBERS = 20;

/** A value as a console would show it, without calling its getters; `depth` is how deep it is in one. */
const preview = (value, depth) => {
  if (typeof value === "string") {
    return depth === 0 ? value : stringify(slice(value, 0, MAX_REPORT_LENGTH));
  }
  if (typeof value === "bigint") return String(value) + "n";
  if (Object(value) !== value) return String(value);
  if (typeof value === "function") return "[function]";
  const read = readThrown(value);
  if (read.stack !== undefined) return wordsOf(read);
  const tag = tagOf(value);
  if (isView(value)) return tag;
  const isList = isArray(value);
  if (depth > MAX_DEPTH) return isList ? "[…]" : tag;
  const keys = isList ? value : ownKeys(value);
  const { length } = keys;
  let text = "";
  for (let i = 0; i < length && i < MAX_MEMBERS && text.length < MAX_REPORT_LENGTH; i++) {
    const key = isList ? i : keys[i];
    const member = getOwnPropertyDescriptor(value, key);
    if (!isList && !member?.enumerable) continue;
    const shown = member && hasOwn(member, "value") ? preview(member.value, depth + 1) : "…";
    text += (text === "" ? "" : ", ") + (isList ? shown : String(key) + ": " + shown);
  }
  if (length > MAX_MEMBERS) text += ", … " + length + " in all";
  if (isList) return "[" + text + "]";
  return tag === "[object Object]" || text !== "" ? "{ " + text + " }" : tag;
};

const previewAll = (values, first) => {
  let text = "";
  for (let i = first; i < values.length && text.length < MAX_REPORT_LENGTH; i++) {
    text += (i === first ? "" : " ") + preview(values[i], 0);
  }
  return text;
};

/** Has the host told of what is written with a method of the console, which does what it did before. */
const watchConsole = (method, kind) => {
  const { console } = window;
  const write = console[method];
  if (typeof write !== "function") return;
  const isAssert = method === "assert";
  const watched = (...values) => {
    if (!isAssert || !values[0]) {
      reportAs(kind, () => {
        const text = isAssert ? "assertion failed: " + previewAll(values, 1) : previewAll(values, 0);
        return { __proto__: null, text, place: placeOf(new Error().stack) };
      });
    }
    return apply(write, console, values);
  };
  defineProperty(console, method, {
    __proto__: null, value: watched, writable: true, enumerable: true, configurable: true,
  });
};

/** Calls `act` for the events of the window, and of all within, that are the browser's own. */
const whenWindow = (type, act) => {
  const listener = (event) => {
    if (event.isTrusted) act(event);
  };
  addListener(window, type, listener, true);
};

const spot = (url, line, column) => (url ? url + ":" + line + ":" + column : "");

/** What a getter has of an element; undefined for one that is of another kind. */
const urlBy = (get, element) => {
  try {
    return get(element);
  } catch {
    return undefined;
  }
};

/** What an element is that has not loaded: a script, a style sheet or media; undefined for all others. */
const resourceOf = (element) => {
  const script = urlBy(scriptUrl, element);
  if (script === "") return "a script of the page, or what it imports";
  if (script !== undefined) return script + ", or what it imports";
  const media = urlBy(mediaUrl, element) ?? urlBy(sourceUrl, element);
  if (media !== undefined) return media + ", as media: the webview cannot play it from there";
  return urlBy(linkUrl, element);
};

whenWindow("error", (event) => {
  const target = targetOf(event);
  if (target !== window) {
    const resource = resourceOf(target);
    if (resource === undefined) return;
    reportAs("load", () => ({ __proto__: null, text: resource, place: "" }));
    return;
  }
  if (isShowing) return;
  reportAs("error", () => {
    const place = spot(fileOf(event), lineOf(event), columnOf(event));
    return { __proto__: null, text: messageOf(event), place: placeOf(readThrown(errorOf(event)).stack) || place };
  });
});

// WebKit does not mark these as its own.
const reportRejection = (event) => {
  reportAs("rejection", () => {
    const read = readThrown(rejectionOf(event));
    return { __proto__: null, text: wordsOf(read), place: placeOf(read.stack) };
  });
};
addListener(window, "unhandledrejection", reportRejection, true);

whenWindow("securitypolicyviolation", (event) => {
  reportAs("csp", () => {
    const text = directiveOf(event) + " forbids " + (blockedOf(event) || "what the page tried");
    const place = spot(violatorOf(event), violationLine(event), violationColumn(event));
    return { __proto__: null, text, place };
  });
});

if (config.console) {
  watchConsole("debug", "consoleDebug");
  watchConsole("log", "consoleLog");
  watchConsole("info", "consoleInfo");
  watchConsole("warn", "consoleWarn");
  watchConsole("error", "consoleError");
  watchConsole("assert", "consoleError");
  watchConsole("trace", "consoleLog");
  watchConsole("dir", "consoleLog");
  watchConsole("table", "consoleLog");
}
