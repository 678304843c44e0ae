// Errors with a code, and errors that nobody else will hear of.

(function () {
  const { core } = __bootstrap;

  /** An error of `Class` with `code` and other properties, not yet thrown. */
  function codedError(Class, code, message, properties) {
    return Object.assign(new Class(message), { code, ...properties });
  }

  /** Whether a value is text that stays the same outside of JavaScript. */
  function isText(value) {
    return typeof value === "string" && value.isWellFormed();
  }

  /** The longest string that `shown` shows. */
  const MAX_SHOWN = 40;

  /** What was given instead of something else, in words: its type, or itself if it is short. */
  function shown(value) {
    if (value === null || typeof value === "number") return String(value);
    if (typeof value === "string" && value.length <= MAX_SHOWN) return JSON.stringify(value);
    return Array.isArray(value) ? "array" : typeof value;
  }

  /** Throws unless `value` is text; `name` says what it is. */
  function checkText(value, code, name) {
    if (isText(value)) return;
    const kind = typeof value === "string" ? "one with lone surrogates" : shown(value);
    throw codedError(TypeError, code, `${name} must be a string, not ${kind}`);
  }

  /** Text that is a property of what was thrown, if there is such; it may throw again. */
  function textOf(thrown, name) {
    try {
      const text = thrown?.[name];
      return typeof text === "string" ? text : undefined;
    } catch {
      return undefined;
    }
  }

  /** Throws unless `value` can be a window's id. */
  function checkId(value) {
    const isWindow = typeof value === "object" && textOf(value, "id") !== undefined;
    checkText(value, "bad-window-id", isWindow ? "the window id, as in `win.id`," : "the window id");
  }

  /** A thrown value in words. */
  function describe(error) {
    try {
      return String(error);
    } catch {
      return "an error that cannot be described";
    }
  }

  /** A thrown value in words, with its stack if it has one. */
  function describeFully(error) {
    const text = describe(error);
    let stack;
    try {
      stack = error?.stack;
    } catch {
      // It keeps its stack to itself.
    }
    // One engine's stacks start with the error's own words, the other's do not.
    if (typeof stack !== "string" || stack === "") return text;
    return stack.startsWith(text) ? stack : `${text}\n${stack}`;
  }

  /** The longest text that is printed of an error, in UTF-16 units before escapes. */
  const MAX_PRINTED = 64 * 1024;

  /**
   * What a terminal acts on, or by which text looks like other text: control characters but for line
   * feeds and tabs, line separators, marks of the direction of writing.
   */
  const UNFIT =
    /[\0-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;

  /** Such a character as an escape. */
  function escape(character) {
    if (character === "\r") return "\\r";
    const code = character.charCodeAt(0).toString(16);
    return code.length > 2 ? `\\u{${code}}` : `\\x${code.padStart(2, "0")}`;
  }

  /** Text of whoever, as a terminal may have it. */
  function printable(text) {
    const rest = text.length - MAX_PRINTED;
    const printed = text.slice(0, MAX_PRINTED).toWellFormed().replace(UNFIT, escape);
    return rest > 0 ? `${printed}... (${rest} more characters)` : printed;
  }

  /** Reports an error of a callback on stderr; the app goes on. */
  function report(error, where) {
    const text = `error: Uncaught (in ${where}) ${describeFully(error).trimEnd()}`;
    core.print(`${printable(text)}\n`, true);
  }

  /** How many reports are known to have been made, of which none is made again. */
  const MAX_KNOWN = 1_024;

  /** Which these are. */
  const known = new Set();

  /** Reports something on stderr, unless it was reported under this key before. */
  function reportOnce(key, text) {
    if (known.has(key)) return;
    if (known.size === MAX_KNOWN) known.clear();
    known.add(key);
    core.print(`${printable(text)}\n`, true);
  }

  /** How often an error is reported from one place, before only some are. */
  const ALL_REPORTED = 16;

  /** How many errors there were, by the place. */
  const counts = new Map();

  /** The same for errors that a page may bring about: it does not fill whatever stderr is. */
  function reportSome(error, where) {
    const count = (counts.get(where) ?? 0) + 1;
    counts.set(where, count);
    if (count <= ALL_REPORTED) report(error, where);
    else if ((count & (count - 1)) === 0) report(error, `${where}, ${count} times by now`);
  }

  /** Makes a call that nobody waits for; what it throws, or rejects with, is reported. */
  function attempt(where, call, argument) {
    try {
      const result = call(argument);
      if (typeof result?.then === "function") {
        result.then(undefined, (error) => reportSome(error, where));
      }
    } catch (error) {
      reportSome(error, where);
    }
  }

  return {
    codedError,
    isText,
    shown,
    checkText,
    checkId,
    textOf,
    describe,
    report,
    reportSome,
    reportOnce,
    attempt,
  };
})();
