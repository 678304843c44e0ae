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

  /** Reports an error of a callback on stderr; the app goes on. */
  function report(error, where) {
    core.print(`error: Uncaught (in ${where}) ${describeFully(error).trimEnd()}\n`, true);
  }

  /** Makes a call that nobody waits for; what it throws, or rejects with, is reported. */
  function attempt(where, call, argument) {
    try {
      const result = call(argument);
      if (typeof result?.then === "function") {
        result.then(undefined, (error) => report(error, where));
      }
    } catch (error) {
      report(error, where);
    }
  }

  return { codedError, isText, checkText, describe, report, attempt };
})();
