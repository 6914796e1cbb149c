// Loads the run behind each picture when the reader comes near it, and puts a player in its place. Scripts and not
// fetch: a book that is opened from a folder (file://) may load those, too.
(() => {
  const waiting = new Map();
  /** A run says that it is here. */
  window.courseRun = (name, recording) => {
    const host = waiting.get(name);
    waiting.delete(name);
    if (host) window.coursePlayers.mountAll(name, recording, window.coursePlayers.looks);
  };
  const here = new URL("_static/runs/", new URL(document.documentElement.dataset.content_root || "./", document.baseURI));
  const load = (host) => {
    const name = host.dataset.timelineReplay;
    if (waiting.has(name) || host.dataset.mounted) return;
    waiting.set(name, host);
    const script = document.createElement("script");
    script.src = new URL(`${name}.js`, here).href;
    document.head.append(script);
  };
  document.addEventListener("DOMContentLoaded", () => {
    // The theme names these otherwise than they read, which nobody can say to a voice control (WCAG 2.5.3).
    for (const named of document.querySelectorAll(".search-button-field[aria-label], summary[aria-label]"))
      named.removeAttribute("aria-label");
    const near = new IntersectionObserver((seen) => {
      for (const one of seen) if (one.isIntersecting) { near.unobserve(one.target); load(one.target); }
    }, { rootMargin: "600px" });
    for (const host of document.querySelectorAll("[data-timeline-replay]")) near.observe(host);
  });
})();
