// Comfort on the annotation page: drag the six points; the numbers beside the picture follow. Everything works without it.
(() => {
  const form = document.getElementById('annotate-form');
  const svg = document.querySelector('.spine svg');
  if (!(form instanceof HTMLFormElement) || !(svg instanceof SVGSVGElement)) return;
  const ring = svg.querySelector('[data-ring]');
  let held = null;
  const clamp = (value, top) => Math.min(Math.max(value, 0), top);
  const place = (event) => {
    const point = new DOMPoint(event.clientX, event.clientY).matrixTransform(svg.getScreenCTM().inverse());
    return [clamp(point.x, Number(form.dataset.columns)), clamp(point.y, Number(form.dataset.rows))];
  };
  const redraw = () => {
    const at = (name) => `${form.elements.namedItem(`${name}-x`).value},${form.elements.namedItem(`${name}-y`).value}`;
    ring?.setAttribute('points', ['AS', 'MS', 'PS', 'PI', 'MI', 'AI'].map(at).join(' '));
  };
  svg.addEventListener('pointerdown', (event) => {
    const dot = event.target instanceof Element ? event.target.closest('circle[data-point]') : null;
    if (!dot) return;
    held = dot;
    svg.setPointerCapture(event.pointerId);
    event.preventDefault();
  });
  svg.addEventListener('pointermove', (event) => {
    if (!held) return;
    const [x, y] = place(event);
    held.setAttribute('cx', x.toFixed(1));
    held.setAttribute('cy', y.toFixed(1));
    form.elements.namedItem(`${held.dataset.point}-x`).value = x.toFixed(1);
    form.elements.namedItem(`${held.dataset.point}-y`).value = y.toFixed(1);
    redraw();
  });
  svg.addEventListener('pointerup', () => {
    held = null;
  });
  form.addEventListener('input', (event) => {
    const match = /^([A-Z]{2})-([xy])$/.exec(event.target.name);
    const dot = match && svg.querySelector(`circle[data-point="${match[1]}"]`);
    dot?.setAttribute(match[2] === 'x' ? 'cx' : 'cy', event.target.value);
    redraw();
  });
})();
