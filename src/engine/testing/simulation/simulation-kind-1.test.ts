import { playSeeds } from './play-seeds.ts';

playSeeds('kind', 1, 90);
