// Errors: the ones made here, and those that cross.

/** The longest name and code that the host reads, in bytes of UTF-8. */
const MAX_NAME_BYTES = 256;

/** How much of an error's message and stack crosses, in UTF-16 units. */
const MAX_TEXT_LENGTH = 64 * 1024;

const define = (error, name, value, enumerable) =>
  defineProperty(error, name, {
    __proto__: null, value, enumerable, configurable: true, writable: true,
  });

/** An error of `Class` with `code` and `channel`, not yet thrown. */
const coded = (Class, code, message, channel, options) => {
  const error = new Class("window.host: " + message, options);
  define(error, "code", code, true);
  define(error, "channel", channel, true);
  return error;
};

/**
 * Tells the page of an error of this script, as an `error` event of the window. `reportError` would
 * show it without what it says: to the browser, this script is not one of the page.
 */
const tell = (error) => {
  const { message } = error;
  const event = new ErrorEvent("error", { __proto__: null, cancelable: true, error, message });
  if (dispatchEvent(window, event)) logError(error);
};

/** What failed a call on `channel`, from the frame that tells of it. */
const errorFrom = (told, channel) => {
  const error = new Error(told.message);
  define(error, "name", told.name, false);
  if (hasOwn(told, "stack")) define(error, "stack", told.stack, false);
  define(error, "code", told.code, true);
  define(error, "channel", channel, true);
  return error;
};

/** Text that is a property of what the page threw, if there is such; asking for it may throw. */
const textOf = (thrown, name) => {
  try {
    const text = thrown[name];
    return typeof text === "string" ? text : undefined;
  } catch {
    return undefined;
  }
};

/** The text of a name or code, or else `fallback`. */
const nameOf = (thrown, name, fallback) => {
  const text = textOf(thrown, name);
  const fits = text && text.length <= MAX_NAME_BYTES && utf8Length(text) <= MAX_NAME_BYTES;
  return fits ? text : fallback;
};

/** The start of a text, if it is well-formed: the host reads no other. */
const startOf = (text) => {
  if (text === undefined) return undefined;
  const start = slice(text, 0, MAX_TEXT_LENGTH);
  return utf8Length(start) === Infinity ? undefined : start;
};

/** The JSON text of what page code threw, which may be anything. */
const describe = (thrown) => {
  // No conversion to text of an object, which would be the page's.
  const message = startOf(Object(thrown) === thrown ? textOf(thrown, "message") : String(thrown));
  const stack = stacks ? startOf(textOf(thrown, "stack")) : undefined;
  return (
    '{"name":' + stringify(nameOf(thrown, "name", "Error")) +
    ',"message":' + stringify(message ?? "what was thrown has no message") +
    ',"code":' + stringify(nameOf(thrown, "code", "handler-failed")) +
    (stack === undefined ? "" : ',"stack":' + stringify(stack)) + "}"
  );
};
