// A frame grows to the height of its mail, and the cursor stands where a mail program puts it. The page works without this.
for (const frame of document.querySelectorAll("iframe")) {
  const fit = () => {
    const page = frame.contentDocument?.documentElement;
    if (page) frame.style.height = `${page.offsetHeight + 2}px`;
  };
  frame.addEventListener("load", () => {
    fit();
    new ResizeObserver(fit).observe(frame.contentDocument.documentElement);
  });
  if (frame.contentDocument?.readyState === "complete") fit();
}
for (const area of document.querySelectorAll("textarea")) {
  const at = area.hasAttribute("data-below") ? area.value.length : 0;
  area.focus();
  area.setSelectionRange(at, at);
  area.scrollTop = at === 0 ? 0 : area.scrollHeight;
}
