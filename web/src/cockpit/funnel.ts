/**
 * A funnel plot: rates against the number they are of, with the limits within which chance alone leaves them. Few visits say little:
 * the limits are wide there, so that no league table accuses a small institution.
 */

export interface Place {
  code: string
  name: string
  /** Findings. */
  items: number
  /** Visits that were judged. */
  visits: number
}

/** How many of a thousand institutions chance alone puts outside: about 50 and 2. */
export const LIMITS = [1.96, 3.09] as const

/** Findings a visit, over all. */
export function overall(places: readonly Place[]): number {
  const sum = (of: (place: Place) => number): number => places.reduce((all, place) => all + of(place), 0)
  const visits = sum(({ visits }) => visits)
  return visits > 0 ? sum(({ items }) => items) / visits : 0
}

/** The limit above or below a rate for so many visits; findings are counted events, so that their spread is that of Poisson. */
export function limit(rate: number, visits: number, deviations: number): number {
  return Math.max(0, rate + deviations * Math.sqrt(rate / Math.max(visits, 1)))
}

/** Outside the wide limits, above: worth a look before all others. */
export function stands(place: Place, rate: number): 'above' | 'below' | 'within' {
  if (place.visits === 0) return 'within'
  const own = place.items / place.visits
  if (own > limit(rate, place.visits, LIMITS[1])) return 'above'
  return own < limit(rate, place.visits, -LIMITS[1]) ? 'below' : 'within'
}
