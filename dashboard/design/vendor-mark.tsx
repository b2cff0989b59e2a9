/** The vendor's letter on its own colour: a mark to find it by, not its logo. */
export function VendorMark({ vendor, large = false }: { vendor: string; large?: boolean }) {
  return (
    <span className={`vendor-mark ${large ? 'large' : ''}`} data-vendor={vendor} aria-hidden="true">
      {vendor === 'WEBHOOK' ? '{ }' : vendor.slice(0, 1)}
    </span>
  );
}
