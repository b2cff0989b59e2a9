import { Component, type ReactNode } from 'react';

interface SafeProps {
  children: ReactNode;
  /** Instead, where the children could not be shown. */
  instead: ReactNode;
}

/** What is only an addition does not take the page with it when it breaks. */
export class Safe extends Component<SafeProps, { broken: boolean }> {
  override state = { broken: false };

  static getDerivedStateFromError() {
    return { broken: true };
  }

  override render() {
    return this.state.broken ? this.props.instead : this.props.children;
  }
}
