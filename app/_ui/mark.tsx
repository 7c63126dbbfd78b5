/** The product's name with its mark: a seal over a line. */
export function Mark() {
  return (
    <span className="flex items-center gap-2 font-semibold tracking-tight">
      <svg width="22" height="22" viewBox="0 0 22 22" aria-hidden="true" className="text-accent">
        <circle cx="11" cy="9" r="7" fill="none" stroke="currentColor" strokeWidth="2" />
        <path
          d="M7.5 9.2 10 11.6l4.6-5"
          fill="none"
          stroke="currentColor"
          strokeWidth="2"
          strokeLinecap="round"
        />
        <path d="M3 20h16" stroke="currentColor" strokeWidth="2" strokeLinecap="round" />
      </svg>
      Countersign
    </span>
  );
}
