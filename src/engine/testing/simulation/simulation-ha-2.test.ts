import { playSeeds } from './play-seeds.ts';

playSeeds('ha', 61, 120);
