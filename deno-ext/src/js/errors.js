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

  /** Throws unless `value` is text; `name` says what it is. */
  function checkText(value, code, name) {
    if (isText(value)) return;
    const kind = typeof value === "string" ? "one with lone surrogates" : typeof value;
    throw codedError(TypeError, code, `${name} must be a string, not ${kind}`);
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

  return { codedError, isText, checkText, describe, report, attempt };
})();
