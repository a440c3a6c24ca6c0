/** Where the pictures of a recording are. Pure. */

export interface Size {
  readonly width: number;
  readonly height: number;
}

export interface Rect extends Size {
  readonly x: number;
  readonly y: number;
}

/** Most pictures shown at once. */
export const MAX_TILES = 16;
/** Most beside a shared screen. */
export const MAX_BESIDE = 4;
/** Between pictures and around them, in pixels. */
const GAP = 8;
/** Share of the width that the pictures beside a shared screen have. */
const BESIDE = 0.2;
const ASPECT = 16 / 9;

/**
 * Places for so many pictures, in their order: a grid, or, where the first is a shared screen, that
 * one large and the others in a column beside it; one picture alone has all of it. There may be
 * fewer places than pictures.
 */
export function placesOf(count: number, hasStage: boolean, size: Size): Rect[] {
  const whole = { x: 0, y: 0, ...size };
  if (count === 1) return [whole];
  if (!hasStage || count === 0) return gridIn(whole, Math.min(count, MAX_TILES));
  const width = Math.round(size.width * BESIDE);
  const stage = { ...inset(whole), width: size.width - width - GAP };
  const column = { x: size.width - width, y: 0, width, height: size.height };
  return [stage, ...gridIn(column, Math.min(count - 1, MAX_BESIDE))];
}

/** Equal places of 16:9, as large as they can be, the last row in the middle. */
export function gridIn(area: Rect, count: number): Rect[] {
  if (count === 0) return [];
  const { columns, width, height } = largestTiles(area, count);
  const rows = Math.ceil(count / columns);
  const top = area.y + (area.height - rows * height - (rows - 1) * GAP) / 2;
  return Array.from({ length: count }, (_, index) => {
    const row = Math.floor(index / columns);
    const inRow = Math.min(columns, count - row * columns);
    const left = area.x + (area.width - inRow * width - (inRow - 1) * GAP) / 2;
    return {
      x: Math.round(left + (index % columns) * (width + GAP)),
      y: Math.round(top + row * (height + GAP)),
      width: Math.floor(width),
      height: Math.floor(height),
    };
  });
}

function largestTiles(area: Size, count: number): Size & { columns: number } {
  let best = { columns: 1, width: 0, height: 0 };
  for (let columns = 1; columns <= count; columns++) {
    const rows = Math.ceil(count / columns);
    const most = (area.width - (columns + 1) * GAP) / columns;
    const width = Math.min(most, ((area.height - (rows + 1) * GAP) / rows) * ASPECT);
    if (width > best.width) best = { columns, width, height: width / ASPECT };
  }
  return best;
}

function inset({ x, y, width, height }: Rect): Rect {
  return { x: x + GAP, y: y + GAP, width: width - 2 * GAP, height: height - 2 * GAP };
}

/** The part of a picture that fills `place`, cut on two sides where it has another shape. */
export function filling(picture: Size, place: Size): Rect {
  const scale = Math.max(place.width / picture.width, place.height / picture.height);
  const width = place.width / scale;
  const height = place.height / scale;
  return { x: (picture.width - width) / 2, y: (picture.height - height) / 2, width, height };
}

/** The part of `place` that a whole picture takes: nothing of a screen is cut. */
export function within(picture: Size, place: Rect): Rect {
  const scale = Math.min(place.width / picture.width, place.height / picture.height);
  const width = picture.width * scale;
  const height = picture.height * scale;
  return { x: place.x + (place.width - width) / 2, y: place.y + (place.height - height) / 2, width, height };
}

/** `text` as far as it fits into so many pixels, with a sign where it is cut. */
export function fitted(text: string, most: number, widthOf: (text: string) => number): string {
  if (widthOf(text) <= most) return text;
  const characters = [...text];
  while (characters.length > 0 && widthOf(`${characters.join('')}…`) > most) characters.pop();
  return `${characters.join('').trimEnd()}…`;
}
