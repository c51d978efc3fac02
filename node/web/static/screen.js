// Keeps the big screen alive: server-sent events, a look every 30 s beside, a banner when neither comes.
(() => {
  const board = document.getElementById("board");
  const banner = document.getElementById("stale");
  if (!board) return;
  const first = banner.textContent;
  let part = board.dataset.part, heard = Date.now(), busy = false, again = false;
  const refresh = async () => {
    if (busy) { again = true; return; }
    busy = true;
    try {
      const answer = await fetch(part, { headers: { "HX-Request": "true" }, credentials: "same-origin" });
      if (answer.redirected) { location.reload(); return; }
      if (answer.ok) { board.innerHTML = await answer.text(); heard = Date.now(); }
    } catch { /* the banner says so */ }
    busy = false;
    if (again) { again = false; setTimeout(refresh, 1000); }
  };
  const open = () => {
    const source = new EventSource("/screen-live");
    source.addEventListener("tick", () => { heard = Date.now(); refresh(); });
    source.addEventListener("beat", () => { heard = Date.now(); });
    source.onerror = () => { if (source.readyState === 2) setTimeout(open, 10000); };
  };
  open();
  setInterval(refresh, 30000);
  setInterval(() => {
    const old = Date.now() - heard > 20000;
    banner.hidden = !old && !first;
    banner.textContent = old ? "⚠ " + banner.dataset.words : first;
  }, 2000);
  const seconds = Number(board.dataset.rotate), regions = board.dataset.regions.split(" ").filter(Boolean);
  if (seconds && regions.length) {
    const stops = [part, ...regions.map((one) => "/screen-part/" + one)];
    let at = 0;
    setInterval(() => { at = (at + 1) % stops.length; part = stops[at]; refresh(); }, seconds * 1000);
  }
})();
