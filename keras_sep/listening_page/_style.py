"""Style sheet and script of a listening page."""

CSS = """
:root { --ink: #1d1d27; --soft: #5c5c6e; --line: #e2e2ea; --paper: #fbfbfd; --card: #fff;
        --mark: #0072b2; color-scheme: light; }
* { box-sizing: border-box; }
body { margin: 0; background: var(--paper); color: var(--ink);
       font: 16px/1.55 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif; }
main { max-width: 1080px; margin: 0 auto; padding: 40px 20px 64px; }
h1 { font-size: 30px; line-height: 1.2; margin: 0 0 8px; letter-spacing: -.01em; }
h2 { font-size: 20px; margin: 40px 0 12px; text-transform: capitalize; }
p { margin: 0 0 12px; max-width: 68ch; color: var(--soft); }
.card { background: var(--card); border: 1px solid var(--line); border-radius: 12px;
        padding: 18px; }
.card + .card { margin-top: 14px; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
caption { text-align: left; color: var(--soft); padding-bottom: 8px; }
th, td { padding: 7px 12px; text-align: right; border-bottom: 1px solid var(--line); }
thead th { font-weight: 600; color: var(--soft); vertical-align: bottom; }
th:first-child, td:first-child { text-align: left; }
tbody tr:last-child > * { border-bottom: 0; font-weight: 600; }
.clips { display: grid; gap: 18px; grid-template-columns: repeat(auto-fit, minmax(300px, 1fr)); }
figure { margin: 0; }
figcaption { display: flex; justify-content: space-between; gap: 12px; margin-bottom: 6px; }
.note { color: var(--soft); font-size: 14px; }
.picture { position: relative; cursor: crosshair; border-radius: 6px; overflow: hidden;
           line-height: 0; background: #000; }
.picture img { width: 100%; height: 150px; display: block; }
.picture i { position: absolute; left: 6px; transform: translateY(50%); font-style: normal;
             font-size: 11px; line-height: 1; color: #fff; opacity: .85;
             text-shadow: 0 0 3px #000, 0 0 3px #000; pointer-events: none; }
.cursor { position: absolute; top: 0; bottom: 0; left: 0; width: 2px; background: #fff;
          opacity: 0; pointer-events: none; box-shadow: 0 0 4px #000; }
audio { width: 100%; height: 36px; margin-top: 8px; display: block; }
.curve svg { width: 100%; height: auto; display: block; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: 4px 20px; margin: 0; }
dt { color: var(--soft); } dd { margin: 0; overflow-wrap: anywhere; }
footer { margin-top: 40px; color: var(--soft); font-size: 14px; }
@media (max-width: 560px) { main { padding: 24px 14px 48px; } dl { grid-template-columns: 1fr; } }
"""

# One player plays at a time, and the next continues from the same position, so that an estimate can
# be compared with its reference in the middle of a phrase. Clicking a picture seeks.
SCRIPT = """
const players = [...document.querySelectorAll("audio")];
let last = null;
for (const player of players) {
  const picture = player.parentElement.querySelector(".picture");
  const cursor = picture.querySelector(".cursor");
  const draw = () => {
    cursor.style.opacity = 0.9;
    cursor.style.left = 100 * player.currentTime / (player.duration || 1) + "%";
    if (!player.paused) requestAnimationFrame(draw);
  };
  player.addEventListener("play", () => {
    if (last && last !== player && !last.ended) {
      last.pause();
      if (last.currentTime < player.duration) player.currentTime = last.currentTime;
    }
    last = player;
    draw();
  });
  player.addEventListener("seeked", draw);
  picture.addEventListener("click", event => {
    const box = picture.getBoundingClientRect();
    player.currentTime = (event.clientX - box.left) / box.width * (player.duration || 0);
    if (last && last !== player) { last.pause(); last = null; }
    player.play();
  });
}
"""
