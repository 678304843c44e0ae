// Parts of the page by which its user moves the window, as by a title bar: elements with the attribute
// `data-host-drag`.

const GRIP = "data-host-drag";

/** Of what is pressed, from within, the first of these decides: all but a grip are for clicks. */
const DECIDE =
  "[data-host-drag],a,button,input,label,option,select,summary,textarea,video,[contenteditable]";

let isGripped = false; // whether the user presses the button on a grip

const isOnGrip = (event) => {
  const path = composedPath(event);
  for (let i = 0; i < path.length; i++) {
    try {
      if (!matches(path[i], DECIDE)) continue;
      const value = getAttribute(path[i], GRIP);
      return value !== null && value !== "no";
    } catch {
      // No element: what is outside of all of them, or in between.
    }
  }
  return false;
};

// After the page's own listeners, which may have use for the event.
addListener(window, "mousedown", (event) => {
  isGripped = false;
  if (!event.isTrusted || buttonOf(event) !== 0 || isPrevented(event)) return;
  if (!isOnGrip(event)) return;
  // No text is selected on the way.
  preventDefault(event);
  if (clicksOf(event) === 2) enqueue("toggleMaximize", "");
  else isGripped = true;
}, false);

// Not before the pointer moves: a click moves nothing.
whenWindow("mousemove", (event) => {
  if (!isGripped) return;
  isGripped = false;
  if (buttonsOf(event) & 1) enqueue("drag", "");
});
