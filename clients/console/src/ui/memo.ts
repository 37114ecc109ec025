// Draws a part again only when one of its properties is another value.
import { Component, type ComponentType, type FunctionComponent, h } from 'preact';

export function memo<P extends object>(Part: FunctionComponent<P>): ComponentType<P> {
  return class Memo extends Component<P> {
    override shouldComponentUpdate(next: Readonly<P>): boolean {
      const now = this.props as Record<string, unknown>;
      const then = next as Record<string, unknown>;
      return Object.keys({ ...now, ...then }).some((key) => now[key] !== then[key]);
    }
    override render() {
      return h(Part as FunctionComponent<object>, this.props);
    }
  };
}
