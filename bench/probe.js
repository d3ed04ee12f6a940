/**
 * Measures from within a page; browser.py puts it there before any script of the page's own.
 *
 * Times are milliseconds since the navigation: of the document, or of the click that `arm` waits for. Something counts as
 * painted when the frame after the first one that has it begins: a little late rather than early.
 */
(() => {
  const ROWS = [
    'main :is([role="grid"], [role="treegrid"]) [role="row"][aria-rowindex]:not([aria-rowindex="1"])',
    'main [role="tree"] [role="treeitem"]',
  ].join();
  const MARKED = '[aria-activedescendant], [aria-selected="true"], [aria-current="true"]';
  const QUIET_MS = 500;
  const PATIENCE_MS = 60_000;
  const SILENCE_MS = 5000; // nothing is asked and nothing changes: what is not there by then does not come
  const EXACT_MS = 1; // by which two frames' times may differ from a multiple of the frame's length
  /** `rows`: the page has a list; `key`: what moves in it, pressed until something moves. */
  let wanted = window.midspanWanted ?? {};

  performance.setResourceTimingBufferSize(2000);

  let start = 0;
  let painted = {};
  let seen = {};
  let marks = "";
  let isChanged = false;
  let isUnpainted = false;
  let settled = 0;
  let lastAnswer = 0;
  let finish = null;
  let result = null;
  const asked = new Map(); // address → how many are on their way
  const tasks = [];

  new PerformanceObserver((list) => tasks.push(...list.getEntries())).observe({ type: "longtask", buffered: true });
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) if (entry.initiatorType === "fetch") answered(entry.name);
  }).observe({ type: "resource", buffered: true });

  function answered(address) {
    const left = (asked.get(address) ?? 0) - 1;
    if (left > 0) asked.set(address, left);
    else asked.delete(address);
    lastAnswer = performance.now();
  }

  const fetched = window.fetch;
  window.fetch = async (...given) => {
    const [what] = given;
    const url = what instanceof Request ? what.url : new URL(what, location.href).href;
    asked.set(url, (asked.get(url) ?? 0) + 1);
    try {
      const answer = await fetched(...given);
      // A stream of events has no end to wait for.
      if (answer.headers.get("content-type")?.startsWith("text/event-stream")) answered(url);
      return answer;
    } catch (error) {
      answered(url);
      throw error;
    }
  };

  /** What has the focus, is active or chosen: another text when a key has moved something. */
  function marksNow() {
    const focus = document.activeElement;
    const found = [...document.querySelectorAll(`main :is(${MARKED})`)].map((one) =>
      [one.getAttribute("aria-activedescendant"), one.getAttribute("aria-rowindex"), one.id].join(),
    );
    return [focus?.id, focus?.getAttribute("aria-rowindex"), ...found].join(" ");
  }

  /** Once for each frame: `name` was painted if it was there in the frame before. */
  function look(name, isThere, now) {
    if (painted[name] !== undefined) return;
    if (seen[name]) painted[name] = now - start;
    else if (isThere()) seen[name] = true;
  }

  function press(key) {
    const target = document.activeElement ?? document.body;
    target.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true }));
  }

  function frame() {
    const now = performance.now();
    if (isUnpainted) settled = now;
    isUnpainted = isChanged;
    isChanged = false;
    if (wanted.rows) look("rows", () => document.querySelector(ROWS) !== null, now);
    if (wanted.key && painted.rows !== undefined && painted.key === undefined) {
      if (marks === "") marks = marksNow();
      look("key", () => marksNow() !== marks, now);
      if (!seen.key) press(wanted.key);
    }
    const isThere =
      (!wanted.rows || painted.rows !== undefined) && (!wanted.key || painted.key !== undefined) && settled > start;
    const quiet = asked.size === 0 && !isUnpainted ? now - Math.max(settled, lastAnswer, start) : 0;
    const isOver = isThere ? quiet > QUIET_MS && document.readyState === "complete" : quiet > SILENCE_MS;
    if (isOver || now - start > PATIENCE_MS) {
      result = report(isThere && isOver);
      finish?.(result);
    } else requestAnimationFrame(frame);
  }

  function report(isSettled) {
    const main = document.querySelector("main");
    const busy = tasks.filter((task) => task.startTime >= start && task.startTime < settled);
    const entries = [...performance.getEntriesByType("navigation"), ...performance.getEntriesByType("resource")];
    return {
      isSettled,
      rows: painted.rows ?? null,
      interactive: painted.key ?? null,
      settled: settled - start,
      contentful: start === 0 ? (performance.getEntriesByName("first-contentful-paint")[0]?.startTime ?? null) : null,
      longest: Math.max(0, ...busy.map((task) => task.duration)),
      blocked: busy.reduce((sum, task) => sum + task.duration - 50, 0),
      shown: document.querySelectorAll(ROWS).length,
      charts: [...(main?.querySelectorAll("figure canvas") ?? [])].filter(isDrawn).length,
      figures: main?.querySelectorAll("figure").length ?? 0,
      alerts: [...document.querySelectorAll("[role=alert]")].map((alert) => alert.textContent).filter(Boolean),
      requests: entries
        .filter((entry) => entry.startTime >= start || start === 0)
        .map((entry) => ({
          address: entry.name,
          type: entry.initiatorType,
          start: entry.startTime - start,
          first: entry.responseStart - start,
          end: entry.responseEnd - start,
          bytes: entry.encodedBodySize,
          wire: entry.transferSize,
        })),
    };
  }

  function isDrawn(canvas) {
    if (canvas.width === 0 || canvas.height === 0) return false;
    const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
    return data.some((value, at) => at % 4 === 3 && value > 0);
  }

  function watch() {
    new MutationObserver(() => {
      isChanged = true;
    }).observe(document, { subtree: true, childList: true, attributes: true, characterData: true });
    requestAnimationFrame(frame);
  }

  /** From the next click on, everything is measured anew, on a page that has this. */
  function arm(next) {
    wanted = next;
    [start, painted, seen, marks, result, settled] = [null, {}, {}, "", null, 0];
    const begin = (event) => {
      removeEventListener("click", begin, true);
      start = event.timeStamp;
      requestAnimationFrame(frame);
    };
    addEventListener("click", begin, true);
  }

  let scrolling = null;

  /** Begin to measure frames and blank rows of the list while it is scrolled. */
  function beginScroll() {
    const row = document.querySelector(ROWS);
    let frameElement = row;
    while (frameElement && !/auto|scroll/.test(getComputedStyle(frameElement).overflowY)) {
      frameElement = frameElement.parentElement;
    }
    if (!row || !frameElement) throw new Error("there is nothing to scroll");
    const head = frameElement.querySelector('[role="row"][aria-rowindex="1"] [role="columnheader"]');
    const from = frameElement.scrollTop;
    scrolling = { times: [], waits: 0, events: 0, blanks: [], isAtEnd: false, isOver: false, from, element: frameElement };
    const said = scrolling;
    // Before any listener of the page's own: what is there now is what was on the screen at this very position.
    const onScroll = () => {
      const { scrollTop, clientHeight, scrollHeight } = frameElement;
      said.isAtEnd = scrollTop + clientHeight >= scrollHeight - 1;
      said.events += 1;
      said.blanks.push(blankRows(frameElement, head));
    };
    // It asks the document for nothing: what would be laid out for it would be missing from the page's own frame.
    const step = (time) => {
      if (said.isOver) return removeEventListener("scroll", onScroll, true);
      if (said.isAtEnd) said.waits += 1;
      said.times.push(time);
      requestAnimationFrame(step);
    };
    addEventListener("scroll", onScroll, true);
    requestAnimationFrame(step);
    const box = frameElement.getBoundingClientRect();
    return { x: box.x + box.width / 2, y: box.y + box.height / 2 };
  }

  /** How many rows are missing where the list has rows and somebody looks. */
  function blankRows(frameElement, head) {
    const rows = [...document.querySelectorAll(ROWS)];
    if (rows.length === 0) return 0;
    const outer = frameElement.getBoundingClientRect();
    const list = rows[0].parentElement.getBoundingClientRect();
    const top = Math.max(head ? head.getBoundingClientRect().bottom : outer.top, list.top);
    const bottom = Math.min(outer.bottom, list.bottom);
    const boxes = rows.map((row) => row.getBoundingClientRect()).sort((one, other) => one.top - other.top);
    let covered = top;
    let blank = 0;
    for (const box of boxes) {
      if (box.top >= bottom) break;
      if (box.top > covered) blank += box.top - covered;
      covered = Math.max(covered, box.bottom);
    }
    blank += Math.max(0, bottom - covered);
    return blank <= 2 ? 0 : blank / boxes[0].height;
  }

  function endScroll() {
    const { times, waits, events, blanks, element, from } = scrolling;
    scrolling.isOver = true;
    const lengths = times.slice(1).map((time, at) => time - times[at]);
    const over = (most) => lengths.filter((length) => length > most + EXACT_MS).length;
    return {
      frames: lengths.length,
      seconds: lengths.reduce((sum, length) => sum + length, 0) / 1000,
      late: over(1000 / 60),
      very_late: over(2000 / 60),
      longest: Math.max(0, ...lengths),
      events,
      blank: blanks.filter((rows) => rows > 0).length,
      blank_rows: Math.max(0, ...blanks),
      waited: waits,
      pixels: element.scrollTop - from,
    };
  }

  window.midspanProbe = {
    opened: () => (result ? Promise.resolve(result) : new Promise((resolve) => {
      finish = resolve;
    })),
    arm,
    beginScroll,
    endScroll,
  };
  watch();
})();
