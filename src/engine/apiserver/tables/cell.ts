/** What stands in one column of one row. */
export type Cell = string | number | boolean;
