import { playSeeds } from './play-seeds.ts';

playSeeds('ha', 1, 60);
