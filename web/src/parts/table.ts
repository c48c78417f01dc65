/** What a virtual table is told about itself. */
export interface Column {
  /** Name of the slot that draws its cells. */
  id: string
  /** Key of its heading in the locale. */
  label: string
  /** Pixels, at least. */
  width: number
  /** Share of what is left over. */
  grow?: number
  right?: boolean
  /** What the server calls the order by this column; absent when it knows none. */
  sort?: string
  /** The first click sorts from the most. */
  descendingFirst?: boolean
}

export interface Order {
  by: string
  descending: boolean
}

/** `amount.desc`, as an address holds it. */
export function orderText(order: Order): string {
  return `${order.by}.${order.descending ? 'desc' : 'asc'}`
}

export function orderOf(text: string): Order | undefined {
  const parts = /^([a-z_]+)\.(asc|desc)$/.exec(text)
  return parts?.[1] ? { by: parts[1], descending: parts[2] === 'desc' } : undefined
}
