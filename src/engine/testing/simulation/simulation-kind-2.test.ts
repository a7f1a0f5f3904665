import { playSeeds } from './play-seeds.ts';

playSeeds('kind', 91, 180);
