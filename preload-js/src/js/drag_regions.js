// Drag regions: parts of the page by which its user moves the window, as by a title bar. They are elements with
// the attribute `data-host-drag`.

const REGION = "data-host-drag";

/**
 * Of the elements that are pressed, from the innermost one outwards, the first of these decides. All but a drag
 * region are for clicks.
 */
const DECIDE =
  "[data-host-drag],a,audio,button,input,label,option,select,summary,textarea,video,[contenteditable],[role=button]";

let isPressed = false; // whether the user presses the button on a drag region

const isInDragRegion = (event) => {
  const path = composedPath(event);
  for (let i = 0; i < path.length; i++) {
    try {
      if (!matches(path[i], DECIDE)) continue;
      const value = getAttribute(path[i], REGION);
      return value !== null && value !== "no";
    } catch {
      // No element: what is outside of all of them, or in between.
    }
  }
  return false;
};

// After the page's own listeners, which may have use for the event.
addListener(window, "mousedown", (event) => {
  isPressed = false;
  if (!event.isTrusted || buttonOf(event) !== 0 || isPrevented(event)) return;
  if (!isInDragRegion(event)) return;
  // No text is selected on the way.
  preventDefault(event);
  if (clicksOf(event) === 2) enqueue("toggleMaximize", "");
  else isPressed = true;
}, false);

// Not before the pointer moves: a click moves nothing.
whenWindow("mousemove", (event) => {
  if (!isPressed) return;
  isPressed = false;
  if (buttonsOf(event) & 1) enqueue("drag", "");
});
