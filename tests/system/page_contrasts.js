() => {
  // Text whose contrast with what is behind it is below WCAG AA, as WCAG 2.2 computes it.
  // Text of SVG is on the frame of its part, a priority's number on its sign.
  const parse = (c) => {
    const m = c.match(/[\d.]+/g).map(Number);
    return m.length > 3 ? m : [...m, 1];
  };
  const linear = (v) => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
  const luminance = ([r, g, b]) =>
    0.2126 * linear(r / 255) + 0.7152 * linear(g / 255) + 0.0722 * linear(b / 255);
  const style = (node) => getComputedStyle(node);
  const behind = (node) => {
    for (let n = node; n?.nodeType === 1; n = n.parentNode) {
      if (n.matches(".part")) return parse(style(n.querySelector(".frame")).fill);
      if (n.matches(".priority svg")) return parse(style(n.querySelector("path")).fill);
      const colour = parse(style(n).backgroundColor);
      if (colour[3] > 0.99) return colour;
    }
    return parse(style(document.documentElement).backgroundColor);
  };
  const found = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const node = walker.currentNode.parentElement;
    const text = walker.currentNode.data.trim();
    if (!text || !node.getClientRects().length) continue;
    if (node.closest(".sr, .skip, noscript, title") || style(node).visibility === "hidden") continue;
    const colour = parse(node.ownerSVGElement ? style(node).fill : style(node).color);
    const [high, low] = [luminance(colour), luminance(behind(node))].sort((a, b) => b - a);
    const ratio = (high + 0.05) / (low + 0.05);
    if (ratio < 4.5) found.push([text.slice(0, 30), Number(ratio.toFixed(2))]);
  }
  return found;
}
