/** Stages of the review, as the API names them. Without any, the queue lists what is open. */
export const STAGES = ['first', 'provider', 'second', 'panel', 'deduction', 'investigation', 'closed'] as const

/** Everything, closed or not: what sums over all findings are made of. */
export const EVERY_STAGE = STAGES.join(',')
