import { expect, test, vi } from 'vitest';
import { WorkBell } from '../../src/sync/engine/work-bell.ts';

test('a ring wakes every drain of that integration and of no other', () => {
  const bell = new WorkBell();
  const [one, another, elsewhere] = [vi.fn(), vi.fn(), vi.fn()];
  bell.listen('a', one);
  bell.listen('a', another);
  bell.listen('b', elsewhere);
  bell.ring('a');
  expect(one).toHaveBeenCalledOnce();
  expect(another).toHaveBeenCalledOnce();
  expect(elsewhere).not.toHaveBeenCalled();
});

test('who has stopped listening hears nothing more, and the others still do', () => {
  const bell = new WorkBell();
  const [one, another] = [vi.fn(), vi.fn()];
  const stop = bell.listen('a', one);
  bell.listen('a', another);
  stop();
  stop();
  bell.ring('a');
  expect(one).not.toHaveBeenCalled();
  expect(another).toHaveBeenCalledOnce();
});

test('who listens again after the last one stopped is heard', () => {
  const bell = new WorkBell();
  bell.listen('a', vi.fn())();
  const again = vi.fn();
  bell.listen('a', again);
  bell.ring('a');
  expect(again).toHaveBeenCalledOnce();
});

test('when notifications may have been missed everybody is woken', () => {
  const bell = new WorkBell();
  const [one, another] = [vi.fn(), vi.fn()];
  bell.listen('a', one);
  bell.listen('b', another);
  bell.ringAll();
  expect(one).toHaveBeenCalledOnce();
  expect(another).toHaveBeenCalledOnce();
});

test('a ring that nobody waits for is no error, and is not kept', () => {
  const bell = new WorkBell();
  bell.ring('a');
  const late = vi.fn();
  bell.listen('a', late);
  expect(late).not.toHaveBeenCalled();
});
