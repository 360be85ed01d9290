// The cursor stands where a mail program puts it. The page works without this.
for (const area of document.querySelectorAll("textarea")) {
  const at = area.hasAttribute("data-below") ? area.value.length : 0;
  area.focus();
  area.setSelectionRange(at, at);
  area.scrollTop = at === 0 ? 0 : area.scrollHeight;
}
