/** Where tiles go: pure arithmetic on boxes, in CSS pixels. */

export interface Box {
  readonly width: number;
  readonly height: number;
}

export const GAP = 8;
/** More cannot be received at a time; the node has nine video slots for everyone. */
export const MOST_TILES = 9;
/** Below this a face is not worth its place. */
const LEAST_TILE_HEIGHT = 96;

const WIDE = 16 / 9;
/** On an upright screen wide tiles would leave most of it empty. */
const UPRIGHT = [16 / 9, 4 / 3, 1, 3 / 4];

/** The size of `count` equal tiles that covers most of `area`. */
export function bestTile(count: number, area: Box): Box {
  const aspects = area.height > area.width ? UPRIGHT : [WIDE];
  let best: Box = { width: 0, height: 0 };
  for (let columns = 1; columns <= count; columns++) {
    const rows = Math.ceil(count / columns);
    for (const aspect of aspects) {
      const tile = fit(aspect, {
        width: (area.width - GAP * (columns - 1)) / columns,
        height: (area.height - GAP * (rows - 1)) / rows,
      });
      if (tile.width * tile.height > best.width * best.height) best = tile;
    }
  }
  return best;
}

/** The largest box of this aspect inside `area`, in whole pixels. */
export function fit(aspect: number, area: Box): Box {
  const width = Math.max(0, Math.min(area.width, area.height * aspect));
  return { width: Math.floor(width), height: Math.floor(width / aspect) };
}

/** How many of `count` tiles can be shown so that each is worth looking at. */
export function howMany(count: number, area: Box): number {
  let shown = Math.min(count, MOST_TILES);
  while (shown > 1 && bestTile(shown, area).height < LEAST_TILE_HEIGHT) shown--;
  return shown;
}

/** A strip of tiles beside a shared screen: at the right of a wide area, below an upright one. */
export interface StageLayout {
  readonly side: 'right' | 'bottom';
  readonly tile: Box;
  /** Tiles that fit into the strip. */
  readonly places: number;
}

export function besideScreen(area: Box): StageLayout {
  if (area.width > area.height) {
    const width = Math.round(Math.min(280, Math.max(140, area.width * 0.2)));
    const tile = fit(WIDE, { width, height: area.height });
    return { side: 'right', tile, places: places(area.height, tile.height) };
  }
  const third = (area.width - 2 * GAP) / 3;
  const tile = fit(4 / 3, { width: third, height: Math.max(72, area.height * 0.16) });
  return { side: 'bottom', tile, places: places(area.width, tile.width) };
}

function places(length: number, tile: number): number {
  return Math.max(1, Math.min(MOST_TILES - 1, Math.floor((length + GAP) / (tile + GAP))));
}
