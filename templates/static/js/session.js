// Five minutes before the session ends a bar says so and offers to stay; any request to us puts the end off.
// Where it has ended already (401: signed out elsewhere, closed by the administrator) the bar says that.
(() => {
  const bar = document.querySelector(".session-warning");
  if (!bar) return;
  const [words, stay] = [bar.querySelector("p"), bar.querySelector("button")];
  const WARNED = 300;
  let ends = Date.now() + Number(bar.dataset.seconds) * 1000;

  const look = () => {
    const left = Math.ceil((ends - Date.now()) / 1000);
    bar.hidden = left > WARNED;
    stay.hidden = left <= 0;
    const said = left > 0 ? bar.dataset.minutes.replace("#", Math.max(1, Math.round(left / 60))) : bar.dataset.ended;
    if (!bar.hidden && words.textContent !== said) words.textContent = said;
    bar.classList.toggle("ended", left <= 0);
  };
  const ask = async () => {
    const answer = await fetch("/session", { headers: { "hx-request": "true" } }).catch(() => null);
    const seconds = answer && answer.ok && !answer.redirected ? Number(await answer.text()) : NaN;
    if (!Number.isNaN(seconds)) ends = Date.now() + seconds * 1000;
    else if (answer && answer.status === 401) ends = Date.now();
    look();
  };
  stay.addEventListener("click", ask);
  document.addEventListener("htmx:afterRequest", (event) => (event.detail.successful || event.detail.xhr.status === 401) && ask());
  document.addEventListener("visibilitychange", () => document.hidden || look());
  setInterval(look, 15000);
  look();
})();
