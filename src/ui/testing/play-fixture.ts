/** Fills the mirror with a made-up cluster; development only. */
export function playFixture(_hash: string): void {}
