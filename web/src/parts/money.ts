/** Money is whole fen; it becomes text by moving the point, never by dividing. */
export function yuan(fen: number): string {
  const digits = String(Math.abs(fen)).padStart(3, '0')
  const whole = digits.slice(0, -2).replace(/\B(?=(\d{3})+$)/g, ',')
  return `${fen < 0 ? '-' : ''}${whole}.${digits.slice(-2)}`
}

/** Reads what a person typed as yuan, `1,234.5`; `undefined` when it is no amount of whole fen. */
export function fenOf(text: string): number | undefined {
  const parts = /^(\d{1,12})(?:\.(\d{1,2}))?$/.exec(text.replaceAll(',', '').replaceAll('，', '').trim())
  if (!parts) return undefined
  return Number(`${parts[1]}${(parts[2] ?? '').padEnd(2, '0')}`)
}
